/* test_no_proxy.c - which hosts NO_PROXY names. */
#include "kube/no_proxy.h"

#include <criterion/criterion.h>

struct row {
  const char *list, *host;
};

Test(no_proxy, names_what_kubectl_takes_it_to_name) {
  static const struct row rows[] = {{"*", "10.0.0.1"},
                                    {"10.0.0.1", "10.0.0.1"},
                                    {"elsewhere, 10.0.0.0/8", "10.1.2.3"},
                                    {"10.0.0.128/25,x", "10.0.0.200"},
                                    {"0.0.0.0/0", "10.0.0.200"},
                                    {"fd00::/8", "[fd12::1]"},
                                    {"[fd00::1]", "[fd00::1]"},
                                    {"fd00:0::1", "[fd00::1]"},
                                    {"example.com", "example.com"},
                                    {"example.com", "API.example.com"},
                                    {".example.com", "api.example.com"},
                                    {"*.example.com", "api.example.com"},
                                    {"api.example.com:6443", "api.example.com"},
                                    {"10.0.0.1:6443", "10.0.0.1"},
                                    {"[fd00::1]:6443", "[fd00::1]"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    cr_expect(kr_no_proxy_names(rows[i].list, rows[i].host, "6443"), "%s of %s", rows[i].list, rows[i].host);
}

Test(no_proxy, names_nothing_else) {
  static const struct row rows[] = {{"", "10.0.0.1"},
                                    {NULL, "10.0.0.1"},
                                    {",, ,", "10.0.0.1"},
                                    {"10.0.0.1", "10.0.0.11"},
                                    {"10.0.0.128/25", "10.0.0.127"},
                                    {"10.0.0.0/33", "10.0.0.1"},
                                    {"10.0.0.0/-1", "10.0.0.1"},
                                    {"10.0.0.0/8x", "10.0.0.1"},
                                    {"10.0.0.0/", "10.0.0.1"},
                                    {"/8", "10.0.0.1"},
                                    {"::/0", "10.0.0.1"},
                                    {"ample.com", "example.com"},
                                    {".example.com", "example.com"},
                                    {"example.com", "com"},
                                    {".", "example.com"},
                                    {":6443", "example.com"},
                                    {"example.com:443", "example.com"},
                                    {"0.0.1", "10.0.0.1"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    cr_expect_not(kr_no_proxy_names(rows[i].list, rows[i].host, "6443"), "%s of %s", rows[i].list, rows[i].host);
}
