package dev.puna.program;

import org.jspecify.annotations.Nullable;

/**
 * An update of a linear op that is not merged into its weight: y + scale · (x Aᵀ) Bᵀ (LoRA, Hu et
 * al. 2021), and, where there are magnitudes, each column of that scaled (DoRA, Liu et al. 2024).
 *
 * @param a (r, in)
 * @param b (out, r)
 * @param magnitude factor of each column, (out); null without
 */
public record LowRank(Weight a, Weight b, float scale, @Nullable Weight magnitude) {}
