/* render_xml.h - private to the formats: text within XML and HTML. What XML 1.0 cannot carry never gets here:
 * kr_out_say writes control characters out. */
#ifndef KR_BOOK_RENDER_XML_H
#define KR_BOOK_RENDER_XML_H

const char *kr_xml_text(char byte);      /* a kr_escape_fn: between elements */
const char *kr_xml_attribute(char byte); /* a kr_escape_fn: between double quotes, where line ends would be lost */

#endif
