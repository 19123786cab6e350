// SPDX-License-Identifier: Apache-2.0
/* What the TLS session of a connection says of the client. */
#include <gnutls/gnutls.h>

#include "net/client.h"
#include "net/http_internal.h"

bool request_peer_spki(const struct request *rq, struct digest *ret)
{
	const union MHD_ConnectionInfo *info;
	const gnutls_datum_t *certs;
	gnutls_session_t session;
	unsigned n = 0;

	if (!rq->srv->o.tls_cert)
		return false;
	info = MHD_get_connection_info(rq->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	if (!info || !info->tls_session)
		return false;
	session = info->tls_session;
	if (gnutls_protocol_get_version(session) < GNUTLS_TLS1_3)
		return false;
	certs = gnutls_certificate_get_peers(session, &n);
	return certs && n &&
	       tls_spki_of_der((str){(const char *)certs[0].data, certs[0].size}, ret);
}
