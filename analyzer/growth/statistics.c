/* Quantiles that bound what was counted.
 *
 * DESIGN. The regularised incomplete gamma function is a series below shape + 1 and a continued fraction above it; its
 * quantile is found by halving. For large shapes Wilson's and Hilferty's cube is exact enough. */
#include "statistics.h"

#include <math.h>

#define LARGE_SHAPE 1e5
#define PRECISE 1e-12

enum { TERMS = 2000, HALVINGS = 100 };

static double front(double shape, double x)
{
    return exp(shape * log(x) - x - lgamma(shape));
}

static double by_series(double shape, double x)
{
    double term = 1 / shape, sum = term;
    for (int i = 1; i < TERMS && term > sum * PRECISE; i++) {
        term *= x / (shape + i);
        sum += term;
    }
    return sum * front(shape, x);
}

/* Of the rest, by Lentz's way to evaluate such fractions. */
static double by_fraction(double shape, double x)
{
    const double tiny = 1e-300;
    double b = x + 1 - shape, c = 1 / tiny, d = 1 / b, value = d;
    for (int i = 1; i < TERMS; i++) {
        double a = -i * (i - shape);
        b += 2;
        d = 1 / (fabs(a * d + b) < tiny ? tiny : a * d + b);
        c = fabs(b + a / c) < tiny ? tiny : b + a / c;
        value *= c * d;
        if (fabs(c * d - 1) < PRECISE)
            break;
    }
    return value * front(shape, x);
}

static double probability_below(double shape, double x)
{
    if (x <= 0)
        return 0;
    return x < shape + 1 ? by_series(shape, x) : 1 - by_fraction(shape, x);
}

/* Of the normal distribution, by halving: erfc is exact where it matters. */
static double normal_quantile(double probability)
{
    double low = -40, high = 40;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        if (erfc(-middle / sqrt(2)) / 2 < probability)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

static double by_cube(double probability, double shape)
{
    double part = 1 / (9 * shape), root = 1 - part + normal_quantile(probability) * sqrt(part);
    return root > 0 ? shape * root * root * root : 0;
}

double statistics__gamma_quantile(double probability, double shape)
{
    if (shape <= 0)
        return 0;
    if (shape > LARGE_SHAPE)
        return by_cube(probability, shape);
    double low = 0, high = shape + 1;
    while (probability_below(shape, high) < probability)
        high *= 2;
    for (int i = 0; i < HALVINGS && high - low > high * PRECISE; i++) {
        double middle = (low + high) / 2;
        if (probability_below(shape, middle) < probability)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}
