/* list.c - see list.h. A List is a userdata; its user values hold the request's texts, the call that brought the page
 * at hand, the call under way and the Unknown that ended it.
 *
 * Of a page only what stands around its items is decoded at once. An item is decoded when it is asked for: so there is
 * one at a time, however long the list. Of a table (kube.table) the items are its rows. */
#include "vm/list.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "vm/json.h"
#include "vm/options.h"
#include "vm/sift.h"
#include "vm/vm_private.h"

enum { PAGE_SIZE = 250, ROWS_SIZE = 5000, KIND_MAX = 80, VERSION_MAX = 80, RESTARTS_MAX = 5 };

/* User values. */
enum { TEXTS = 1, PAGE = 2, CALL = 3, UNKNOWN = 4, COLUMNS = 5, CONTROLLERS = 6, USER_VALUES = 6 };

/* Positions in the table of texts. */
enum { RESOURCE = 1, NAMESPACE = 2, LABELS = 3, FIELDS = 4 };

struct list {
  size_t left;    /* items of the page at hand */
  const char *at; /* in its text: before the next one */
  int restarts;
  bool ended;
  bool table;                                /* rows are given, not objects */
  bool cached, sifted;                       /* kube.list's options: sifted with controlled_by */
  char kind[KIND_MAX], version[VERSION_MAX]; /* of the items: in a list they do not say themselves */
};

static const char metatable_key;

static struct list *list_at(lua_State *lua, int index) {
  struct list *list = lua_touserdata(lua, index);
  bool is = false;
  if (list != NULL && lua_getmetatable(lua, index)) {
    (void)lua_rawgetp(lua, LUA_REGISTRYINDEX, &metatable_key);
    is = lua_rawequal(lua, -1, -2);
    lua_pop(lua, 2);
  }
  if (!is) (void)luaL_error(lua, "this is no list: kube.list gives one");
  return list;
}

static const char *text_at(lua_State *lua, int texts, int position) {
  (void)lua_rawgeti(lua, texts, position);
  const char *text = lua_isstring(lua, -1) ? lua_tostring(lua, -1) : NULL;
  lua_pop(lua, 1);
  return text;
}

/* Asks for the page after token (NULL: the first). The list is at index self. */
static void ask(lua_State *lua, int self, const char *token) {
  const struct list *list = lua_touserdata(lua, self);
  (void)lua_getiuservalue(lua, self, TEXTS);
  int texts = lua_gettop(lua);
  struct kr_request request = {.verb = KR_VERB_LIST,
                               .resource = text_at(lua, texts, RESOURCE),
                               .namespace_ = text_at(lua, texts, NAMESPACE),
                               .list = {.label_selector = text_at(lua, texts, LABELS),
                                        .field_selector = text_at(lua, texts, FIELDS),
                                        .continue_token = token,
                                        .limit = list->table ? ROWS_SIZE : PAGE_SIZE,
                                        .cached = list->cached,
                                        .table = list->table}};
  (void)kr_call_submit(lua, &request, list->table ? "kube.table" : "kube.list");
  (void)lua_setiuservalue(lua, self, CALL);
  lua_settop(lua, texts - 1);
}

static void forget_call(lua_State *lua, int self) {
  lua_pushnil(lua);
  (void)lua_setiuservalue(lua, self, CALL);
}

/* "PodList" and "v1" of the page are kind "Pod" and apiVersion "v1" of its items. */
static void note_kind(lua_State *lua, struct list *list, int page) {
  const char suffix[] = "List";
  (void)lua_getfield(lua, page, "kind");
  (void)lua_getfield(lua, page, "apiVersion");
  const char *kind = luaL_tolstring(lua, -2, NULL), *version = luaL_tolstring(lua, -2, NULL);
  size_t length = strlen(kind);
  if (length > sizeof suffix - 1 && strcmp(kind + length - (sizeof suffix - 1), suffix) == 0)
    length -= sizeof suffix - 1;
  (void)snprintf(list->kind, sizeof list->kind, "%.*s", (int)length, kind);
  (void)snprintf(list->version, sizeof list->version, "%s", version);
  lua_pop(lua, 4);
}

/* The names of the columns, in the order of each row's cells. */
static void note_columns(lua_State *lua, int page) {
  lua_newtable(lua);
  int names = lua_gettop(lua);
  if (lua_getfield(lua, page, "columnDefinitions") == LUA_TTABLE) {
    lua_Integer count = (lua_Integer)lua_rawlen(lua, -1);
    for (lua_Integer i = 1; i <= count; i++) {
      if (lua_geti(lua, names + 1, i) == LUA_TTABLE && lua_getfield(lua, -1, "name") == LUA_TSTRING)
        lua_rawseti(lua, names, i);
      lua_settop(lua, names + 1);
    }
  }
  lua_settop(lua, names);
  (void)lua_setiuservalue(lua, 1, COLUMNS);
}

/* A server that gives no table where one was asked for has not understood. */
static bool is_table(lua_State *lua, struct kr_call *call, int page) {
  bool is = lua_istable(lua, page) && lua_getfield(lua, page, "kind") == LUA_TSTRING &&
            strcmp(lua_tostring(lua, -1), "Table") == 0;
  lua_settop(lua, page);
  return is || kr_call_bad_answer(call);
}

/* A page is a list of the kind that was asked for; Go writes an empty one as null. Its items are not here (push_page).
 */
static bool is_page(lua_State *lua, struct kr_call *call, int page) {
  if (!kr_call_check_answer(lua, call, page, "List")) return false;
  int type = lua_getfield(lua, page, "items");
  bool empty = type == LUA_TNIL || (type == LUA_TTABLE && lua_rawlen(lua, -1) == 0);
  lua_pop(lua, 1);
  return empty || kr_call_bad_answer(call);
}

/* " (app=web)": which of the kind were asked for; "" where all. */
static void tell_selectors(lua_State *lua, char *out, size_t size) {
  (void)lua_getiuservalue(lua, 1, TEXTS);
  const char *labels = text_at(lua, lua_gettop(lua), LABELS), *fields = text_at(lua, lua_gettop(lua), FIELDS);
  lua_pop(lua, 1); /* the list keeps them alive */
  if (labels == NULL) labels = "";
  if (fields == NULL) fields = "";
  bool both = *labels != '\0' && *fields != '\0', any = *labels != '\0' || *fields != '\0';
  (void)snprintf(out, size, "%s%s%s%s%s", any ? " (" : "", labels, both ? ", " : "", fields, any ? ")" : "");
}

/* Pushes the page that call brought, decoded but for its items, and puts the list before the first of these. What is no
 * page is decoded as it is. False when it is no JSON. */
static bool push_page(lua_State *lua, struct list *list, const struct kr_call *call) {
  const struct kr_buffer *body = &call->answer.reply.body;
  const char *text = kr_buffer_text(body), *end = text + body->length;
  const char *items = kr_json_member(text, end, list->table ? "rows" : "items");
  const char *after = items == NULL ? NULL : kr_json_array(&list->left, items, end);
  list->at = items;
  if (after == NULL) {
    list->left = 0;
    return kr_json_push(lua, text, body->length);
  }
  (void)lua_pushlstring(lua, text, (size_t)(items - text));
  (void)lua_pushstring(lua, "[]");
  (void)lua_pushlstring(lua, after, (size_t)(end - after));
  lua_concat(lua, 3);
  size_t length;
  const char *around = lua_tolstring(lua, -1, &length);
  bool is_json = kr_json_push(lua, around, length);
  lua_remove(lua, -2);
  return is_json;
}

/* Takes the page that call, at index, brought, and asks for the next at once. False when it is no page. */
static bool take_page(lua_State *lua, struct list *list, int index) {
  struct kr_call *call = kr_call_at(lua, index);
  bool is_json = push_page(lua, list, call) || kr_call_bad_answer(call);
  int page = lua_gettop(lua);
  if (!is_json || !(list->table ? is_table(lua, call, page) : is_page(lua, call, page))) {
    list->left = 0;
    lua_settop(lua, page - 1);
    return false;
  }
  if (list->table)
    note_columns(lua, page);
  else
    note_kind(lua, list, page);
  lua_pushvalue(lua, index);
  (void)lua_setiuservalue(lua, 1, PAGE);
  const char *token = NULL;
  if (lua_getfield(lua, page, "metadata") == LUA_TTABLE && lua_getfield(lua, -1, "continue") == LUA_TSTRING)
    token = lua_tostring(lua, -1);
  char showed[64], selectors[256];
  (void)snprintf(showed, sizeof showed, "%zu found%s", list->left,
                 token != NULL && *token != '\0' ? ", more to come" : "");
  tell_selectors(lua, selectors, sizeof selectors);
  kr_call_trace_with(call, selectors, showed);
  if (token != NULL && *token != '\0')
    ask(lua, 1, token);
  else
    forget_call(lua, 1);
  lua_settop(lua, page - 1);
  return true;
}

/* The server has forgotten the moment that the list was read at, and offers to go on with now. */
static bool go_on_after_expiry(lua_State *lua, struct list *list, struct kr_call *call) {
  const struct kr_reply *reply = &call->answer.reply;
  if (reply->reason != KR_REASON_EXPIRED || reply->continue_token == NULL || list->restarts++ >= RESTARTS_MAX)
    return false;
  kr_call_trace(call, "expired: read on from a later moment");
  (void)lua_pushstring(lua, reply->continue_token);
  ask(lua, 1, lua_tostring(lua, -1));
  lua_pop(lua, 1);
  return true;
}

static int next_item(lua_State *lua, int status, lua_KContext context);

static void end_early(lua_State *lua, struct list *list, const struct kr_call *call) {
  list->ended = true;
  list->left = 0;
  (void)kr_call_push_unknown(lua, call);
  (void)lua_setiuservalue(lua, 1, UNKNOWN);
  forget_call(lua, 1);
}

static int answered(lua_State *lua, int status, lua_KContext context) {
  struct list *list = lua_touserdata(lua, 1);
  (void)status, (void)context;
  (void)lua_getiuservalue(lua, 1, CALL);
  struct kr_call *call = kr_call_at(lua, -1);
  kr_call_check_kind(lua, call);
  bool taken = call->answer.reply.outcome == KR_FOUND ? take_page(lua, list, lua_gettop(lua))
                                                      : go_on_after_expiry(lua, list, call);
  if (!taken) end_early(lua, list, call);
  lua_settop(lua, 1);
  return next_item(lua, LUA_OK, 0);
}

static void set_text(lua_State *lua, const char *field, const char *text) {
  if (lua_getfield(lua, -1, field) == LUA_TNIL) {
    (void)lua_pushstring(lua, text);
    lua_setfield(lua, -3, field);
  }
  lua_pop(lua, 1);
}

static bool give_object(lua_State *lua, struct list *list, const char *item, size_t length) {
  if (!kr_json_push(lua, item, length) || !lua_istable(lua, -1)) return false;
  set_text(lua, "kind", list->kind);
  set_text(lua, "apiVersion", list->version);
  return true;
}

/* A row: its cells by the names of their columns. */
static bool give_row(lua_State *lua, const char *item, size_t length) {
  const char *cells = kr_json_member(item, item + length, "cells");
  const char *after = cells == NULL ? NULL : kr_json_skip(cells, item + length);
  if (after == NULL || !kr_json_push(lua, cells, (size_t)(after - cells)) || !lua_istable(lua, -1)) return false;
  int from = lua_gettop(lua);
  (void)lua_getiuservalue(lua, 1, COLUMNS);
  lua_Integer count = (lua_Integer)lua_rawlen(lua, -1);
  lua_createtable(lua, 0, (int)count);
  for (lua_Integer i = 1; i <= count; i++) {
    if (lua_rawgeti(lua, from + 1, i) != LUA_TNIL) {
      (void)lua_rawgeti(lua, from, i);
      lua_rawset(lua, from + 2);
    } else {
      lua_pop(lua, 1);
    }
  }
  return true;
}

/* Whether the item is to be passed over. */
static bool is_sifted_out(lua_State *lua, const struct list *list, const char *item, const char *after) {
  if (!list->sifted) return false;
  (void)lua_getiuservalue(lua, 1, CONTROLLERS);
  bool other = kr_sift_is_other(lua, lua_gettop(lua), item, after);
  lua_pop(lua, 1);
  return other;
}

/* Pushes the next item of the page, or nothing when none is left of it. False when it is no object: what follows cannot
 * be told then. */
static bool give(lua_State *lua, struct list *list, struct kr_call *call, bool *given) {
  const char *end = call->answer.reply.body.data + call->answer.reply.body.length;
  *given = false;
  for (; list->left > 0 && !*given; list->left--) {
    const char *item = kr_json_element(list->at, end), *after = item == NULL ? NULL : kr_json_skip(item, end);
    if (after == NULL) return kr_call_bad_answer(call);
    list->at = after;
    if (is_sifted_out(lua, list, item, after)) continue;
    size_t length = (size_t)(after - item);
    if (!(list->table ? give_row(lua, item, length) : give_object(lua, list, item, length)))
      return kr_call_bad_answer(call);
    *given = true;
  }
  return true;
}

static void forget_page(lua_State *lua) {
  if (lua_getiuservalue(lua, 1, PAGE) == LUA_TUSERDATA) {
    kr_call_free_body(kr_call_at(lua, -1));
    lua_pushnil(lua);
    (void)lua_setiuservalue(lua, 1, PAGE);
  }
  lua_pop(lua, 1);
}

static int next_item(lua_State *lua, int status, lua_KContext context) {
  struct list *list = lua_touserdata(lua, 1);
  (void)status, (void)context;
  if (list->left > 0) {
    (void)lua_getiuservalue(lua, 1, PAGE);
    struct kr_call *page = kr_call_at(lua, -1);
    bool given;
    if (!give(lua, list, page, &given)) end_early(lua, list, page);
    if (given) return 1;
  }
  forget_page(lua);
  if (!list->ended && lua_getiuservalue(lua, 1, CALL) == LUA_TUSERDATA)
    return kr_call_await(lua, kr_call_at(lua, -1), 0, answered);
  list->ended = true;
  lua_pushnil(lua);
  return 1;
}

/* __call, also as the iterator of a generic for. */
static int list_call(lua_State *lua) {
  struct list *list = list_at(lua, 1);
  lua_settop(lua, 1);
  if (!list->ended && !lua_isyieldable(lua) && list->left == 0)
    return luaL_error(lua, "a list cannot wait for the cluster here: inside a sort, a gsub or a metamethod");
  return next_item(lua, LUA_OK, 0);
}

/* list.unknown; the methods are in the metatable's own table, upvalue 1. */
static int list_index(lua_State *lua) {
  (void)list_at(lua, 1);
  const char *name = luaL_checkstring(lua, 2);
  if (strcmp(name, "unknown") == 0) {
    (void)lua_getiuservalue(lua, 1, UNKNOWN);
    return 1;
  }
  if (lua_getfield(lua, lua_upvalueindex(1), name) == LUA_TNIL)
    return luaL_error(lua, "a list has no field '%s': it is called for the next object, or has unknown and all()",
                      name);
  return 1;
}

static void push_metatable(lua_State *lua) {
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &metatable_key) == LUA_TTABLE) return;
  lua_pop(lua, 1);
  lua_createtable(lua, 0, 4);
  kr_vm_push_function(lua, list_call);
  lua_setfield(lua, -2, "__call");
  lua_newtable(lua); /* methods: kube.lua adds to it through the metatable's field */
  lua_pushvalue(lua, -1);
  lua_setfield(lua, -3, "methods");
  lua_pushcclosure(lua, list_index, 1);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_pushvalue(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &metatable_key);
}

void kr_list_push_methods(lua_State *lua) {
  push_metatable(lua);
  (void)lua_getfield(lua, -1, "methods");
  lua_remove(lua, -2);
}

static int open_list(lua_State *lua, bool table) {
  static const char *const names[] = {"namespace", "all_namespaces", "labels", "fields",
                                      "cached",    "controlled_by",  NULL};
  const char *primitive = table ? "kube.table" : "kube.list";
  lua_settop(lua, 2);
  (void)luaL_checkstring(lua, 1);
  kr_options_check(lua, 2, primitive, names);
  const char *namespace_ = kr_options_text(lua, 2, "namespace", NULL);
  bool all = kr_options_flag(lua, 2, "all_namespaces");
  if (all && namespace_ != NULL) return luaL_error(lua, "%s: namespace or all_namespaces, not both", primitive);
  if (!all && namespace_ == NULL) namespace_ = kr_run_namespace(lua);
  struct list *list = lua_newuserdatauv(lua, sizeof *list, USER_VALUES);
  int self = lua_gettop(lua);
  memset(list, 0, sizeof *list);
  list->table = table;
  list->cached = kr_options_flag(lua, 2, "cached");
  push_metatable(lua);
  (void)lua_setmetatable(lua, self);
  lua_createtable(lua, FIELDS, 0);
  int texts = lua_gettop(lua);
  lua_pushvalue(lua, 1);
  lua_rawseti(lua, texts, RESOURCE);
  (void)lua_pushstring(lua, namespace_);
  lua_rawseti(lua, texts, NAMESPACE);
  (void)kr_options_selector(lua, 2, "labels");
  lua_rawseti(lua, texts, LABELS);
  (void)kr_options_selector(lua, 2, "fields");
  lua_rawseti(lua, texts, FIELDS);
  (void)lua_setiuservalue(lua, self, TEXTS);
  kr_sift_push(lua, 2);
  list->sifted = lua_istable(lua, -1);
  (void)lua_setiuservalue(lua, self, CONTROLLERS);
  ask(lua, self, NULL);
  return 1;
}

int kr_list(lua_State *lua) { return open_list(lua, false); }

int kr_list_table(lua_State *lua) {
  if (kr_transport_info(kr_client_transport(kr_loop_client(kr_vm_of(lua)->loop))).tables) return open_list(lua, true);
  lua_pushnil(lua);
  return 1;
}
