/* Quantiles that bound what was counted. */
#ifndef GROWTH_STATISTICS_H
#define GROWTH_STATISTICS_H

/* The value that a gamma variable of this shape and scale 1 stays below with this probability. Half the quantile of chi
 * squared with twice as many degrees of freedom. */
double statistics__gamma_quantile(double probability, double shape);

#endif
