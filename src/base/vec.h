// SPDX-License-Identifier: Apache-2.0
/* vec: typed growing arrays in an arena or on the heap. Declare with
 * VEC(T) name; {p, n, cap}. Heap ones are freed with vec_done. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/arena.h"

#define VEC(T)                                                                                     \
	struct {                                                                                   \
		T *p;                                                                              \
		size_t n, cap;                                                                     \
	}

/* Appends one zeroed element and yields a pointer to it. a == NULL: heap. */
#define vec_push(a, v)                                                                             \
	((v)->n == (v)->cap ? ((v)->p = vec_grow_((a), (v)->p, &(v)->cap, sizeof(*(v)->p)), 0)     \
			    : 0,                                                                   \
	 memset(&(v)->p[(v)->n], 0, sizeof(*(v)->p)), &(v)->p[(v)->n++])
#define vec_add(a, v, ...) (*vec_push((a), (v)) = (__VA_ARGS__))
#define vec_done(v) (mem_free((v)->p), (v)->p = NULL, (v)->n = (v)->cap = 0)

/* Doubles *cap (8 at least) and moves the elements. Used by vec_push only. */
void *vec_grow_(struct arena *a, void *p, size_t *cap, size_t elem_bytes);

#endif
