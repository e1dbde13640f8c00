/* replay.c - stands in for libFuzzer: gives every file of the folders named to the fuzz target, once. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path) {
  struct kr_error error = KR_ERROR_INIT;
  struct kr_buffer bytes;
  kr_buffer_init(&bytes, (size_t)1 << 24);
  int status = kr_file_read(&bytes, path, &error);
  if (status == KR_OK) (void)LLVMFuzzerTestOneInput((const uint8_t *)kr_buffer_text(&bytes), bytes.length);
  if (status != KR_OK) (void)fprintf(stderr, "%s\n", error.message);
  kr_buffer_free(&bytes);
  return status;
}

static int replay_folder(const char *folder, size_t *replayed) {
  struct kr_error error = KR_ERROR_INIT;
  char **names = NULL;
  size_t count = 0;
  int status = kr_folder_list(&names, &count, folder, &error);
  if (status != KR_OK) (void)fprintf(stderr, "%s\n", error.message);
  for (size_t i = 0; status == KR_OK && i < count; i++, (*replayed)++) {
    char *path = kr_path_join(folder, names[i]);
    status = path == NULL ? KR_ENOMEM : replay_file(path);
    free(path);
  }
  kr_names_free(names, count);
  return status;
}

int main(int count, char **folders) {
  size_t replayed = 0;
  for (int i = 1; i < count; i++)
    if (replay_folder(folders[i], &replayed) != KR_OK) return 1;
  (void)printf("%zu inputs\n", replayed);
  return replayed > 0 ? 0 : 1; /* an empty corpus tests nothing */
}
