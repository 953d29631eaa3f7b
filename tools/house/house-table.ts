/** The rules' numbers and lists; `table.ts` holds them. */
export interface HouseTable {
  /** By folder in `packages/`, from low to high. */
  readonly packages: Readonly<Record<string, PackageRow>>;
  /** Packages in the root's `devDependencies` that no file imports, each with what it is there for. */
  readonly commands: Readonly<Record<string, string>>;
  readonly fileLinesMax: number;
  /** Files above `fileLinesMax`, with the lines that they may have. */
  readonly longFiles: Readonly<Record<string, number>>;
  readonly untestedLinesMax: number;
  /** Files above `untestedLinesMax` without a test. */
  readonly untested: readonly string[];
  /** Tests of the fast tier that start processes, each with what it starts. */
  readonly quickTests: Readonly<Record<string, string>>;
}

interface PackageRow {
  /** Folders of the packages whose names it may import. */
  readonly mayImport: readonly string[];
  /** Clocks, timers, randomness, environment and console are its own; others get them handed in (docs/adr/0002). */
  readonly usesRealWorld?: boolean;
  /** So many files may import each other in a circle, types included; without one there is no circle. */
  readonly circleFilesMax?: number;
}
