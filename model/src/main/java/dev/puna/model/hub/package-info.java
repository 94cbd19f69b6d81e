/** Models from a hub: which files make one up, fetching them, and the cache they are kept in. */
@NullMarked
package dev.puna.model.hub;

import org.jspecify.annotations.NullMarked;
