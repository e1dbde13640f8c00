/* no_proxy.h - whether the environment's NO_PROXY names a host. libcurl reads that list too, but asks it of the host in
 * the URL, which with tls-server-name is another than the one that is connected to. */
#ifndef KR_KUBE_NO_PROXY_H
#define KR_KUBE_NO_PROXY_H

#include <stdbool.h>

/* list: entries between commas, as kubectl takes them: "*", an address, a network (10.0.0.0/8), a domain with all below
 * it, or with a dot before it only those; each but "*" and a network with a port where it is for that port alone. host
 * as in a URL: an IPv6 address in brackets. list NULL: nothing is named. */
bool kr_no_proxy_names(const char *list, const char *host, const char *port);

/* The same of $NO_PROXY, or else of $no_proxy. */
bool kr_no_proxy(const char *host, const char *port);

#endif
