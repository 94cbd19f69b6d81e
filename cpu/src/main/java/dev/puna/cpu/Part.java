package dev.puna.cpu;

import dev.puna.program.Regions.Division;
import dev.puna.program.Regions.Region;

/**
 * A kernel and how the matrix that it works on is divided among workers.
 *
 * @param matrix what is divided: the op's value, or the keys that are stored
 * @param unit columns are divided in multiples of this
 */
record Part(Kernel kernel, Matrix matrix, Division division, int unit) {
  void run(Pass pass, int worker, int workers) {
    int rows = matrix.rows(pass);
    int cols = matrix.cols();
    int fromRow = 0;
    int toRow = rows;
    int fromCol = 0;
    int toCol = cols;
    switch (division) {
      case ROWS -> {
        fromRow = Region.start(rows, 1, worker, workers);
        toRow = Region.start(rows, 1, worker + 1, workers);
      }
      case COLUMNS -> {
        fromCol = Region.start(cols, unit, worker, workers);
        toCol = Region.start(cols, unit, worker + 1, workers);
      }
      case EACH, OWN -> {}
    }
    if (fromRow < toRow && fromCol < toCol) {
      kernel.run(pass, worker, fromRow, toRow, fromCol, toCol);
    }
  }
}
