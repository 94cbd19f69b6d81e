package dev.puna.engine;

/**
 * How likely a token was.
 *
 * @param logProb ln p, in nats; negative infinity where the token was impossible
 */
public record TokenLogProb(int token, float logProb) {}
