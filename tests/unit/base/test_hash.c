/* test_hash.c - the digests that FIPS 180-4 gives as examples. */
#include "base/hash.h"

#include <criterion/criterion.h>

Test(hash, gives_the_digests_of_the_standard) {
  char text[KR_HASH_TEXT_MAX];
  cr_expect_str_eq(kr_hash_sha256("abc", 3, text), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  cr_expect_str_eq(kr_hash_sha256("", 0, text), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

Test(hash, gives_them_in_base64_too) {
  char text[KR_HASH_BASE64_MAX];
  cr_expect_str_eq(kr_hash_sha256_base64("abc", 3, text), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}
