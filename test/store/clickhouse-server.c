/* Runs the ClickHouse of libchdb as a program of its own, with the command line of clickhouse-local. */
#include <stdio.h>

typedef struct chdb_result_ chdb_result;
chdb_result *chdb_query_cmdline(int argc, char **argv);
const char *chdb_result_error(chdb_result *result);

int main(int argc, char **argv) {
  argv[0] = "clickhouse";
  chdb_result *result = chdb_query_cmdline(argc, argv);
  const char *error = result ? chdb_result_error(result) : "no result";
  if (error) fprintf(stderr, "%s\n", error);
  return error ? 1 : 0;
}
