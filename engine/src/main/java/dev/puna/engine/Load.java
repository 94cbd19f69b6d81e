package dev.puna.engine;

/**
 * What an engine is busy with at a moment.
 *
 * @param running requests that take part in steps
 * @param waiting requests that have been submitted and do not run
 * @param blocks of the KV cache
 * @param freeBlocks blocks that no request holds; they may keep texts for those that begin alike
 * @param preemptions how often a request had to give its blocks back and wait, since the beginning
 */
public record Load(int running, int waiting, int blocks, int freeBlocks, long preemptions) {}
