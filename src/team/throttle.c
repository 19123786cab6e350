// SPDX-License-Identifier: Apache-2.0
#include "team/throttle.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <utf8proc.h>

#include "base/codec.h"
#include "base/hash.h"
#include "base/map.h"

#define WAYS 8u

struct bucket {
	uint64_t key; /* 0: unused */
	double tokens;
	int64_t at_us;
};
struct throttle {
	pthread_mutex_t lock;
	uint8_t secret[16];
	double burst;
	int64_t refill_us;
	size_t sets;
	struct bucket *buckets; /* sets * WAYS */
};

struct throttle *throttle_new(unsigned burst, int64_t refill_us, size_t buckets)
{
	struct throttle *t = mem_alloc(sizeof(*t));

	t->burst = burst;
	t->refill_us = refill_us;
	t->sets = buckets / WAYS + 1;
	t->buckets = mem_alloc(t->sets * WAYS * sizeof(*t->buckets));
	random_bytes(t->secret, sizeof(t->secret));
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

void throttle_free(struct throttle *t)
{
	if (!t)
		return;
	pthread_mutex_destroy(&t->lock);
	mem_free(t->buckets);
	mem_free(t);
}

static double tokens_now(const struct throttle *t, const struct bucket *b, int64_t now)
{
	double tokens = b->tokens + (double)(now - b->at_us) / (double)t->refill_us;

	if (!b->key || tokens > t->burst)
		return t->burst;
	return tokens;
}

/* The bucket of a key, brought up to date; called under the lock. */
static struct bucket *find(struct throttle *t, str key, int64_t now)
{
	uint64_t h = siphash64(t->secret, key.n ? key.p : "", key.n) | 1;
	struct bucket *set = &t->buckets[(h >> 1) % t->sets * WAYS], *b = &set[0];

	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].key == h) {
			b = &set[i];
			break;
		}
		if (tokens_now(t, &set[i], now) > tokens_now(t, b, now))
			b = &set[i];
	}
	b->tokens = b->key == h ? tokens_now(t, b, now) : t->burst;
	b->key = h;
	b->at_us = now;
	return b;
}

bool throttle_take(struct throttle *t, str key, int64_t mono_us, int64_t *ret_wait_us)
{
	struct bucket *b;
	double left;

	pthread_mutex_lock(&t->lock);
	b = find(t, key, mono_us);
	left = b->tokens;
	if (left >= 1)
		b->tokens -= 1;
	pthread_mutex_unlock(&t->lock);
	if (left < 1 && ret_wait_us)
		*ret_wait_us = (int64_t)((1 - left) * (double)t->refill_us) + 1;
	return left >= 1;
}

void throttle_give(struct throttle *t, str key, int64_t mono_us)
{
	struct bucket *b;

	pthread_mutex_lock(&t->lock);
	b = find(t, key, mono_us);
	b->tokens = b->tokens + 1 < t->burst ? b->tokens + 1 : t->burst;
	pthread_mutex_unlock(&t->lock);
}

/* ---- keys ---- */

static str folded(struct arena *a, str s)
{
	utf8proc_uint8_t *out = NULL;
	utf8proc_ssize_t n =
	    utf8_valid(s) && s.n
		? utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &out,
			       UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE |
				   UTF8PROC_CASEFOLD | UTF8PROC_IGNORE | UTF8PROC_STRIPCC)
		: -1;
	str ret = n >= 0 ? arena_str(a, (str){(const char *)out, (size_t)n}) : arena_str(a, s);

	free(out);
	return ret;
}

str throttle_address(struct arena *a, str email)
{
	str s = folded(a, str_slice(email, 0, 1024)), r;
	ptrdiff_t at = str_rfind_char(s, '@'), plus = str_find_char(s, '+');
	char *p = arena_alloc(a, s.n + 1);

	r = (str){p, 0};
	for (size_t i = 0; i < s.n; i++) {
		bool tag = plus > 0 && at > plus && i >= (size_t)plus && i < (size_t)at;

		if (!tag && !ch_space(s.p[i]))
			p[r.n++] = ch_lower(s.p[i]);
	}
	return r;
}

/* "[2001:db8::1]:443" and "192.0.2.1:443" without brackets and port. */
static str bare_host(str peer)
{
	ptrdiff_t colon = str_find_char(peer, ':');

	if (peer.n && peer.p[0] == '[') {
		ptrdiff_t end = str_find_char(peer, ']');

		return end > 0 ? str_slice(peer, 1, (size_t)end - 1) : peer;
	}
	if (colon > 0 && str_rfind_char(peer, ':') == colon)
		return str_slice(peer, 0, (size_t)colon);
	return peer;
}

str throttle_prefix(struct arena *a, str peer)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	const char *text = arena_cstr(a, str_slice(bare_host(str_trim(peer)), 0, 64));
	uint8_t b[16];

	if (inet_pton(AF_INET, text, b) == 1)
		return arena_printf(a, "%u.%u.%u.0/24", b[0], b[1], b[2]);
	if (inet_pton(AF_INET6, text, b) != 1)
		return arena_str(a, str_slice(peer, 0, 64));
	if (memcmp(b, mapped, sizeof(mapped)) == 0)
		return arena_printf(a, "%u.%u.%u.0/24", b[12], b[13], b[14]);
	return arena_printf(a, "%02x%02x:%02x%02x:%02x%02x:%02x%02x::/64", b[0], b[1], b[2], b[3],
			    b[4], b[5], b[6], b[7]);
}
