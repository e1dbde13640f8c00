/* recorder.h - a transport around another that writes what passes into a snapshot folder. */
#ifndef KR_KUBE_RECORDER_H
#define KR_KUBE_RECORDER_H

#include "base/mask.h"
#include "kube/transport.h"

struct kr_recorder_options {
  bool redact; /* mask environment values and names too */
};

/* folder must not exist or be empty. Takes inner over; mask is borrowed. Of Secrets it keeps name, type, keys, a TLS
 * certificate's public facts and the registry hosts of pull secrets; of ConfigMaps the keys. */
int kr_recorder_new(struct kr_transport **out, struct kr_transport *inner, const char *folder,
                    const struct kr_mask *mask, const struct kr_recorder_options *options, struct kr_error *error);

/* Writes what was collected: until then the folder does not exist under its name. */
int kr_recorder_finish(struct kr_transport *recorder, struct kr_error *error);

#endif
