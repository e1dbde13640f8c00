/* test_managed_fields.c - managedFields go, and nothing else. */
#include "kube/managed_fields.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"

static void check(const char *text, bool is_list, const char *wanted) {
  struct kr_buffer body;
  kr_buffer_init(&body, 1000);
  cr_assert_eq(kr_buffer_puts(&body, text), KR_OK);
  kr_managed_fields_drop(&body, is_list);
  cr_expect_str_eq(kr_buffer_text(&body), wanted);
  cr_expect_eq(body.length, strlen(wanted));
  kr_buffer_free(&body);
}

Test(managed_fields, they_are_dropped_from_an_object) {
  check("{\"metadata\":{\"name\":\"a\",\"managedFields\":[{\"f\":{\"}\":[]}}],\"uid\":\"u\"},\"spec\":{}}", false,
        "{\"metadata\":{\"name\":\"a\",\"managedFields\":null,\"uid\":\"u\"},\"spec\":{}}");
}

Test(managed_fields, they_are_dropped_from_each_item_of_a_list) {
  check(
      "{\"kind\":\"PodList\",\"metadata\":{\"continue\":\"x\"}, \"items\": [ "
      "{\"metadata\":{\"managedFields\":[1,2,3]}} , "
      "{\"metadata\":{\"name\":\"b\"}},{\"metadata\":{\"managedFields\":[\"]\"],\"name\":\"c\"}}], \"z\":[1]}",
      true,
      "{\"kind\":\"PodList\",\"metadata\":{\"continue\":\"x\"}, \"items\": [ {\"metadata\":{\"managedFields\":null}} , "
      "{\"metadata\":{\"name\":\"b\"}},{\"metadata\":{\"managedFields\":null,\"name\":\"c\"}}], \"z\":[1]}");
}

Test(managed_fields, of_that_name_elsewhere_is_not_meant) {
  const char *text = "{\"managedFields\":[1,2,3],\"spec\":{\"metadata\":{\"managedFields\":[1,2,3]}},\"metadata\":{}}";
  check(text, false, text);
  check("{\"items\":[],\"metadata\":{\"managedFields\":[1,2,3]}}", true,
        "{\"items\":[],\"metadata\":{\"managedFields\":[1,2,3]}}");
}

Test(managed_fields, what_is_cut_off_or_no_json_stays_as_it_is) {
  static const char *const texts[] = {"",
                                      "x",
                                      "{\"items\":[{\"metadata\":{\"managedFields\":[1,2,3]}",
                                      "{\"metadata\":{\"managedFields\":[1,2,",
                                      "{\"items\":null}",
                                      "[1]",
                                      "{\"metadata\":{\"managedFields\":[]}}"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    check(texts[i], false, texts[i]);
    check(texts[i], true, texts[i]);
  }
}

Test(managed_fields, what_is_shared_is_not_changed_under_others) {
  static const char text[] = "{\"metadata\":{\"managedFields\":[1,2,3]}}";
  struct kr_buffer body, other;
  kr_buffer_init(&body, 1000);
  cr_assert_eq(kr_buffer_puts(&body, text), KR_OK);
  cr_assert_eq(kr_buffer_share(&other, &body), KR_OK);
  kr_managed_fields_drop(&body, false);
  cr_expect_str_eq(kr_buffer_text(&body), text);
  cr_expect_str_eq(kr_buffer_text(&other), text);
  kr_buffer_free(&body);
  kr_buffer_free(&other);
}
