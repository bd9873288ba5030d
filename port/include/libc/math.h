// SPDX-License-Identifier: MIT
// The part of <math.h> that MicroPython uses, implemented by upstream's lib/libm_dbl.
#ifndef LIBC_MATH_H
#define LIBC_MATH_H

#define FLT_EVAL_METHOD __FLT_EVAL_METHOD__

typedef float float_t;
typedef double double_t;

#define NAN             (__builtin_nanf(""))
#define INFINITY        (__builtin_inff())
#define HUGE_VAL        (__builtin_huge_val())

#define FP_NAN          0
#define FP_INFINITE     1
#define FP_ZERO         2
#define FP_SUBNORMAL    3
#define FP_NORMAL       4

#define fpclassify(x) \
    (__builtin_fpclassify(FP_NAN, FP_INFINITE, FP_NORMAL, FP_SUBNORMAL, FP_ZERO, x))
#define isfinite(x)     (__builtin_isfinite(x))
#define isinf(x)        (__builtin_isinf_sign(x))
#define isnan(x)        (__builtin_isnan(x))
#define isnormal(x)     (__builtin_isnormal(x))
#define signbit(x)      (__builtin_signbit(x))

#define M_E             2.7182818284590452354
#define M_PI            3.14159265358979323846
#define M_PI_2          1.57079632679489661923
#define M_PI_4          0.78539816339744830962
#define M_SQRT1_2       0.70710678118654752440

double acos(double);
double acosh(double);
double asin(double);
double asinh(double);
double atan(double);
double atan2(double, double);
double atanh(double);
double ceil(double);
double copysign(double, double);
double cos(double);
double cosh(double);
double erf(double);
double erfc(double);
double exp(double);
double expm1(double);
double fabs(double);
double floor(double);
double fmod(double, double);
double frexp(double, int *);
double ldexp(double, int);
double lgamma(double);
double lgamma_r(double, int *);
double log(double);
double log10(double);
double log1p(double);
double log2(double);
double modf(double, double *);
double nan(const char *tag);
double nearbyint(double);
double pow(double, double);
double rint(double);
double round(double);
double scalbn(double, int);
double sin(double);
double sinh(double);
double sqrt(double);
double tan(double);
double tanh(double);
double tgamma(double);
double trunc(double);

#endif
