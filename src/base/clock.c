// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <time.h>

#define S_PER_DAY 86400
/* 0001-01-01T00:00:00Z and the last microsecond of 9999. */
#define TEXT_MIN_US (INT64_C(-62135596800) * US_PER_S)
#define TEXT_MAX_US (INT64_C(253402300800) * US_PER_S - 1)

static int64_t read_clock(clockid_t id)
{
	struct timespec ts = {0, 0};

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t clock_mono_us(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

/* Days since 1970-01-01 of a proleptic Gregorian date. Years are counted from
 * March, so that the leap day is the last of its year; 400 years are one era. */
static int64_t days_from_civil(int64_t y, int64_t m, int64_t d)
{
	y -= m <= 2;

	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

struct civil time_civil(int64_t us)
{
	int64_t days = floor_div(us, US_PER_S * S_PER_DAY);
	int64_t rest = us - days * US_PER_S * S_PER_DAY;
	int64_t z = days + 719468;
	int64_t era = floor_div(z, 146097);
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	int64_t month = mp < 10 ? mp + 3 : mp - 9;
	int64_t s = rest / US_PER_S;

	return (struct civil){
	    .year = (int)(yoe + era * 400 + (month <= 2)),
	    .month = (int)month,
	    .day = (int)(doy - (153 * mp + 2) / 5 + 1),
	    .hour = (int)(s / 3600),
	    .minute = (int)(s / 60 % 60),
	    .second = (int)(s % 60),
	    .micro = (int)(rest % US_PER_S),
	};
}

int64_t time_from_civil(struct civil c)
{
	int64_t s = days_from_civil(c.year, c.month, c.day) * S_PER_DAY + (int64_t)c.hour * 3600 +
		    (int64_t)c.minute * 60 + c.second;

	return s * US_PER_S + c.micro;
}

static int days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

/* Takes exactly n digits with a value in [min, max]. */
static bool take_number(str *s, size_t n, int min, int max, int *ret)
{
	int v = 0;

	if (s->n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!ch_digit(s->p[i]))
			return false;
		v = v * 10 + (s->p[i] - '0');
	}
	if (v < min || v > max)
		return false;
	*s = str_from(*s, n);
	*ret = v;
	return true;
}

static bool take_char(str *s, char c)
{
	if (s->n == 0 || ch_lower(s->p[0]) != c)
		return false;
	*s = str_from(*s, 1);
	return true;
}

/* time-secfrac = "." 1*DIGIT; absent is fine, more than 9 digits is not. */
static bool take_fraction(str *s, int *ret_micro)
{
	int micro = 0;
	size_t n = 0;

	if (!take_char(s, '.'))
		return true;
	for (; n < s->n && ch_digit(s->p[n]); n++)
		if (n < 6)
			micro = micro * 10 + (s->p[n] - '0');
	if (n == 0 || n > 9)
		return false;
	for (size_t i = n; i < 6; i++)
		micro *= 10;
	*s = str_from(*s, n);
	*ret_micro = micro;
	return true;
}

/* time-offset = "Z" / ("+" / "-") time-hour ":" time-minute */
static bool take_offset(str *s, int *ret_s)
{
	int hour, minute, sign;

	if (take_char(s, 'z')) {
		*ret_s = 0;
		return true;
	}
	sign = take_char(s, '+') ? 1 : -1;
	if ((sign < 0 && !take_char(s, '-')) || !take_number(s, 2, 0, 23, &hour) ||
	    !take_char(s, ':') || !take_number(s, 2, 0, 59, &minute))
		return false;
	*ret_s = sign * (hour * 3600 + minute * 60);
	return true;
}

/* date-time = full-date "T" full-time (RFC 3339 5.6) */
enum err time_parse(str text, int64_t *ret_us)
{
	struct civil c = {0};
	int offset_s;
	int64_t us;

	if (!take_number(&text, 4, 1, 9999, &c.year) || !take_char(&text, '-') ||
	    !take_number(&text, 2, 1, 12, &c.month) || !take_char(&text, '-') ||
	    !take_number(&text, 2, 1, days_in_month(c.year, c.month), &c.day) ||
	    !take_char(&text, 't') || !take_number(&text, 2, 0, 23, &c.hour) ||
	    !take_char(&text, ':') || !take_number(&text, 2, 0, 59, &c.minute) ||
	    !take_char(&text, ':') || !take_number(&text, 2, 0, 60, &c.second) ||
	    !take_fraction(&text, &c.micro) || !take_offset(&text, &offset_s) || text.n)
		return ERR_INVALID;
	if (c.second == 60) {
		c.second = 59;
		c.micro = US_PER_S - 1;
	}
	us = time_from_civil(c) - offset_s * US_PER_S;
	if (us < TEXT_MIN_US || us > TEXT_MAX_US)
		return ERR_INVALID;
	*ret_us = us;
	return ERR_OK;
}

static void put_digits(char *p, int n, int v)
{
	for (int i = n - 1; i >= 0; i--) {
		p[i] = (char)('0' + v % 10);
		v /= 10;
	}
}

void time_text(int64_t us, char ret[TIME_TEXT])
{
	struct civil c;

	/* four digits of year cannot say more */
	us = us < TEXT_MIN_US ? TEXT_MIN_US : us > TEXT_MAX_US ? TEXT_MAX_US : us;
	c = time_civil(us);
	memcpy(ret, "0000-00-00T00:00:00.000000Z", TIME_TEXT);
	put_digits(ret, 4, c.year);
	put_digits(ret + 5, 2, c.month);
	put_digits(ret + 8, 2, c.day);
	put_digits(ret + 11, 2, c.hour);
	put_digits(ret + 14, 2, c.minute);
	put_digits(ret + 17, 2, c.second);
	put_digits(ret + 20, 6, c.micro);
}

str time_text_short(struct arena *a, int64_t us)
{
	char text[TIME_TEXT];
	size_t n = TIME_TEXT;

	time_text(us, text);
	if (memcmp(text + 23, "000", 3) == 0) {
		text[23] = 'Z';
		n = 24;
	}
	return arena_str(a, (str){text, n});
}
