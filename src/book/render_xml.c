/* render_xml.c - see render_xml.h. */
#include "book/render_xml.h"

#include <stddef.h>

const char *kr_xml_text(char byte) {
  switch (byte) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return NULL;
  }
}

const char *kr_xml_attribute(char byte) { return byte == '\n' ? "&#10;" : byte == '\t' ? "&#9;" : kr_xml_text(byte); }
