import type { ReactElement, ReactNode } from "react";
import "./table.css";

export interface Column<Row> {
  name: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the right. */
  isNumber?: boolean;
  /** Left out where there is little room. */
  isWide?: boolean;
  /** Takes what room there is, and cuts what is longer. */
  isMain?: boolean;
}

export interface TableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  getKey: (row: Row) => string;
}

/** A plain table of few rows. Long lists are `VirtualList`s. */
export function Table<Row>({ label, columns, rows, getKey }: TableProps<Row>): ReactElement {
  const getCellClass = ({ isNumber, isWide, isMain }: Column<Row>): string =>
    [isNumber === true ? "cell-number" : "", isWide === true ? "cell-wide" : "", isMain === true ? "cell-main" : ""]
      .filter(Boolean)
      .join(" ");
  return (
    <div className="table-box" tabIndex={0} role="group" aria-label={label}>
      <table className="table">
        <caption className="spoken">{label}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.name} scope="col" className={getCellClass(column)}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={getKey(row)}>
              {columns.map((column) => (
                <td key={column.name} className={getCellClass(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
