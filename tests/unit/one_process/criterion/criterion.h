/* criterion.h - as much of Criterion's interface as the unit tests use, for valgrind's pass (KRUNBOOK_ONE_PROCESS).
 *
 * Criterion starts a process for every test by executing the program anew. Under valgrind that costs more than most
 * tests: half a second each, before the test begins. Here a test is a fork of a program that stands, and code that has
 * been translated stays translated. What fails is the same, said with less care: CTest runs the tests by Criterion. */
#ifndef KR_TESTS_ONE_PROCESS_H
#define KR_TESTS_ONE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

struct unit {
  const char *suite, *name; /* no name: the suite's own, whose init and fini its tests have that have none */
  void (*run)(void);
  void (*init)(void), (*fini)(void);
  double timeout; /* seconds; of no use here */
  struct unit *next;
};
static struct unit *units, **units_end = &units;

#define UNIT(Id, Suite, Name, Run, ...)                                            \
  static struct unit Id = {.suite = Suite, .name = Name, .run = Run, __VA_ARGS__}; \
  __attribute__((constructor)) static void Id##_register(void) { *units_end = &Id, units_end = &Id.next; }
#define TestSuite(Suite, ...) UNIT(Suite##_suite, #Suite, NULL, NULL, __VA_ARGS__)
#define Test(Suite, Name, ...)                                                  \
  static void Suite##_##Name##_run(void);                                       \
  UNIT(Suite##_##Name##_unit, #Suite, #Name, Suite##_##Name##_run, __VA_ARGS__) \
  static void Suite##_##Name##_run(void)

#define cr_assert(Condition, ...)                                             \
  do {                                                                        \
    if (!(Condition)) {                                                       \
      fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #Condition); \
      exit(1);                                                                \
    }                                                                         \
  } while (0)
#define cr_assert_not(Condition, ...)            cr_assert(!(Condition))
#define cr_assert_null(Pointer, ...)             cr_assert((Pointer) == NULL)
#define cr_assert_not_null(Pointer, ...)         cr_assert((Pointer) != NULL)
#define cr_assert_eq(Left, Right, ...)           cr_assert((Left) == (Right))
#define cr_assert_neq(Left, Right, ...)          cr_assert((Left) != (Right))
#define cr_assert_lt(Left, Right, ...)           cr_assert((Left) < (Right))
#define cr_assert_leq(Left, Right, ...)          cr_assert((Left) <= (Right))
#define cr_assert_gt(Left, Right, ...)           cr_assert((Left) > (Right))
#define cr_assert_geq(Left, Right, ...)          cr_assert((Left) >= (Right))
#define cr_assert_str_eq(Left, Right, ...)       cr_assert(strcmp(Left, Right) == 0)
#define cr_assert_str_neq(Left, Right, ...)      cr_assert(strcmp(Left, Right) != 0)
#define cr_assert_arr_eq(Left, Right, Size, ...) cr_assert(memcmp(Left, Right, Size) == 0)

#define cr_expect          cr_assert
#define cr_expect_not      cr_assert_not
#define cr_expect_null     cr_assert_null
#define cr_expect_not_null cr_assert_not_null
#define cr_expect_eq       cr_assert_eq
#define cr_expect_neq      cr_assert_neq
#define cr_expect_lt       cr_assert_lt
#define cr_expect_leq      cr_assert_leq
#define cr_expect_gt       cr_assert_gt
#define cr_expect_geq      cr_assert_geq
#define cr_expect_str_eq   cr_assert_str_eq
#define cr_expect_str_neq  cr_assert_str_neq
#define cr_expect_arr_eq   cr_assert_arr_eq

static inline void unit_begin(const struct unit *unit) {
  const struct unit *suite = units;
  while (suite && (suite->name || strcmp(suite->suite, unit->suite) != 0)) suite = suite->next;
  void (*init)(void) = unit->init ? unit->init : suite ? suite->init : NULL;
  void (*fini)(void) = unit->fini ? unit->fini : suite ? suite->fini : NULL;
  if (init) init();
  unit->run();
  if (fini) fini();
  exit(0);
}

int main(void) {
  int failed = 0, count = 0;
  for (const struct unit *unit = units; unit; unit = unit->next) {
    int status = 0;
    if (!unit->name) continue;
    count++;
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) unit_begin(unit);
    if (child > 0 && waitpid(child, &status, 0) == child && status == 0) continue;
    fprintf(stderr, "%s::%s: status %d\n", unit->suite, unit->name, status);
    failed++;
  }
  printf("%d tests, %d failed\n", count, failed);
  return count == 0 || failed > 0;
}

#endif
