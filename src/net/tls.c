// SPDX-License-Identifier: Apache-2.0
/* The TLS keys of nodes: made once, recognised by their SubjectPublicKeyInfo. */
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "net/client.h"

#define VALID_DAYS (20 * 365)

static bool spki_of(X509 *x, struct digest *ret)
{
	unsigned char *der = NULL;
	int n = x ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der) : -1;

	if (n > 0)
		*ret = sha256((str){(const char *)der, (size_t)n});
	OPENSSL_free(der);
	return n > 0;
}

bool tls_spki_of_der(str der, struct digest *ret)
{
	const unsigned char *p = (const unsigned char *)der.p;
	X509 *x = der.n <= 65536 ? d2i_X509(NULL, &p, (long)der.n) : NULL;
	bool ok = spki_of(x, ret);

	X509_free(x);
	return ok;
}

enum err tls_spki_of_pem(str pem, struct digest *ret, struct why *why)
{
	BIO *in = BIO_new_mem_buf(pem.p, (int)pem.n);
	X509 *x = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
	bool ok = spki_of(x, ret);

	X509_free(x);
	BIO_free(in);
	return ok ? ERR_OK : why_set(why, ERR_INVALID, "not a certificate in PEM");
}

static bool subject(X509 *x, const char *name)
{
	X509_NAME *n = X509_get_subject_name(x);

	return X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1,
					  -1, 0) == 1 &&
	       X509_set_issuer_name(x, n) == 1;
}

static bool serial(X509 *x)
{
	BIGNUM *b = BN_new();
	bool ok = b && BN_rand(b, 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
		  BN_to_ASN1_INTEGER(b, X509_get_serialNumber(x)) != NULL;

	BN_free(b);
	return ok;
}

/* Not an authority: a client that is told to trust it trusts this one key. */
static bool usage(X509 *x)
{
	X509_EXTENSION *e =
	    X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:FALSE");
	bool ok = e && X509_add_ext(x, e, -1) == 1;

	X509_EXTENSION_free(e);
	return ok;
}

static bool certificate(X509 *x, EVP_PKEY *key, const char *name)
{
	return x && X509_set_version(x, X509_VERSION_3) == 1 && serial(x) &&
	       X509_gmtime_adj(X509_getm_notBefore(x), -86400) != NULL &&
	       X509_time_adj_ex(X509_getm_notAfter(x), VALID_DAYS, 0, NULL) != NULL &&
	       X509_set_pubkey(x, key) == 1 && subject(x, name) && usage(x) &&
	       X509_sign(x, key, EVP_sha256()) > 0;
}

static str text_of(struct arena *a, BIO *b)
{
	char *p = NULL;
	long n = BIO_get_mem_data(b, &p);

	return n > 0 ? arena_str(a, (str){p, (size_t)n}) : STR_NULL;
}

enum err tls_make(struct arena *a, const char *name, str *ret_key, str *ret_cert, struct why *why)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	BIO *k = BIO_new(BIO_s_secmem()), *c = BIO_new(BIO_s_mem());
	char cn[64];
	bool ok;

	/* a common name holds 64 characters */
	(void)snprintf(cn, sizeof(cn), "%.60s", name[0] ? name : "hikeshi");
	ok = key && k && c && certificate(x, key, cn) &&
	     PEM_write_bio_PKCS8PrivateKey(k, key, NULL, NULL, 0, NULL, NULL) == 1 &&
	     PEM_write_bio_X509(c, x) == 1;
	if (ok) {
		*ret_key = text_of(a, k);
		*ret_cert = text_of(a, c);
	}
	BIO_free(k);
	BIO_free(c);
	X509_free(x);
	EVP_PKEY_free(key);
	return ok ? ERR_OK : why_set(why, ERR_IO, "cannot make a TLS key");
}
