// SPDX-License-Identifier: Apache-2.0
/* taxii_media: Accept and Content-Type as TAXII 2.1 (section 1.6.8, 3.1) reads them. Pure. */
#ifndef EXCHANGE_TAXII_MEDIA_H
#define EXCHANGE_TAXII_MEDIA_H

#include "base/str.h"

#define TAXII_MEDIA "application/taxii+json;version=2.1"
#define STIX_MEDIA "application/stix+json;version=2.1"

/* True if an answer of TAXII_MEDIA may be sent to a client with this Accept (RFC 9110 12.5.1: the
 * nearest range decides, q=0 refuses). An absent or empty Accept accepts nothing. */
bool taxii_accepts(str accept);
/* True if a body of this Content-Type is a TAXII 2.1 resource: the version may be left out. */
bool taxii_is_resource(str content_type);

#endif
