/* recorder_text.h - an object's text on its way into a snapshot: cleaned and laid out without being decoded. */
#ifndef KR_KUBE_RECORDER_TEXT_H
#define KR_KUBE_RECORDER_TEXT_H

#include "base/buffer.h"
#include "base/mask.h"

/* Appends the object from at to end, laid out as an item of a list: kr_recorder_clean of it, without its kind and
 * apiVersion, which the list says. Not for Secrets and ConfigMaps, whose values it would keep. The text is right
 * (kr_json_check). mask NULL: it is clean already, and is only laid out. 0, KR_ENOMEM, KR_ELIMIT,
 * and KR_EINVAL where the text is not right after all. */
int kr_recorder_text(struct kr_buffer *out, const char *at, const char *end, const struct kr_mask *mask);

#endif
