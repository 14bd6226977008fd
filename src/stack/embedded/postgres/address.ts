/** Name of the database the product uses. */
export const DATABASE_NAME = 'server';
/** Name of its user. */
export const DATABASE_USER = 'postgres';

/** Address of the product's database on a port of this machine. */
export function connectionString(port: number, password: string): string {
  return `postgresql://${DATABASE_USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${DATABASE_NAME}`;
}
