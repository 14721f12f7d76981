// SPDX-License-Identifier: GPL-2.0-only
/* What gcc's C front end knows of one file, before anything is inlined: the judge of benchmarks/truth.py.

The kernel is configured, `make prepare` is done, and gcc's plugin headers are installed (Debian: gcc-12-plugin-dev).
What the configuration leaves out is not judged. In the kernel's tree, with EXPLORER the directory of this project:

    headers=$(gcc -print-file-name=plugin)/include
    g++ -shared -fPIC -fno-rtti -I $headers -o cgtruth.so $EXPLORER/benchmarks/cgtruth.cc
    for f in net/core/dev net/packet/af_packet net/sched/sch_generic; do
        b=$(basename $f)
        make $f.o
        gcc=$(sed -nE '1s/^(saved)?cmd_[^ ]* := ([^;]*) -o [^ ]+ ([^ ]+).*$/\2 \3/p' $(dirname $f)/.$b.o.cmd)
        eval "$gcc -o /dev/null -fplugin=./cgtruth.so -fplugin-arg-cgtruth-out=$b.jsonl"
    done
    python $EXPLORER/benchmarks/truth.py . *.jsonl

It writes one JSON object a line; `t` tells what it is:

    function   name, and where it stands; `last` is the line of its closing brace
    call       caller calls callee by name
    pointer    caller calls what struct.field holds, or else the variable `name`
    store      the address of `function` is put in struct.field, or else in something of kind `kind`
    macros     every macro that was defined, in the unit or in what it includes
    lines      of one file, those on which a token outside directives and skipped #if arms begins the line

A place is (file, line), where the outermost macro is used, (sfile, sline), where the word itself is written, and the
macros in between, the outermost first. */

#include "gcc-plugin.h"
#include "plugin-version.h"
#include "tree.h"
#include "c-family/c-common.h"
#include "c-family/c-pragma.h"
#include "line-map.h"

#include <map>
#include <set>
#include <string>

int plugin_is_GPL_compatible;

static FILE *out;
static tree current; // the function whose body is walked
static location_t nearest; // of the expression walked last: some have no place of their own
static std::map<std::string, std::set<int>> lines;
static std::set<std::string> macros;
static void (*next_line_change)(cpp_reader *, const cpp_token *, int);
static void (*next_define)(cpp_reader *, location_t, cpp_hashnode *);

static std::string quoted(const std::string &text)
{
	return "\"" + text + "\""; // names and paths of the kernel need no escape
}

static std::string field(const char *key, const std::string &value)
{
	return ", " + quoted(key) + ": " + quoted(value);
}

static std::string name(tree decl)
{
	return decl && DECL_P(decl) && DECL_NAME(decl) ? IDENTIFIER_POINTER(DECL_NAME(decl)) : "";
}

static std::string place(location_t loc)
{
	loc = get_pure_location(loc);
	if (loc <= BUILTINS_LOCATION)
		return ", \"file\": \"\", \"line\": 0, \"sfile\": \"\", \"sline\": 0, \"macros\": []";
	expanded_location used = expand_location(linemap_resolve_location(line_table, loc, LRK_MACRO_EXPANSION_POINT, NULL));
	expanded_location written = expand_location(linemap_resolve_location(line_table, loc, LRK_SPELLING_LOCATION, NULL));
	std::string macros;
	const line_map *map = linemap_lookup(line_table, loc);
	while (map && linemap_macro_expansion_map_p(map)) {
		macros = quoted(linemap_map_get_macro_name(linemap_check_macro(map))) + (macros.empty() ? "" : ", ") + macros;
		loc = linemap_unwind_toward_expansion(line_table, loc, &map);
		map = linemap_lookup(line_table, loc);
	}
	return field("file", used.file) + ", \"line\": " + std::to_string(used.line) + field("sfile", written.file) +
	       ", \"sline\": " + std::to_string(written.line) + ", \"macros\": [" + macros + "]";
}

static void write(const char *what, const std::string &rest, location_t loc)
{
	fprintf(out, "{\"t\": \"%s\"%s%s}\n", what, rest.c_str(), place(loc).c_str());
}

/* The expression below casts, `({ })`'s temporaries and the *& of READ_ONCE and WRITE_ONCE. */
static tree bare(tree t)
{
	while (t) {
		if (CONVERT_EXPR_P(t) || TREE_CODE(t) == NON_LVALUE_EXPR || TREE_CODE(t) == SAVE_EXPR)
			t = TREE_OPERAND(t, 0);
		else if (TREE_CODE(t) == C_MAYBE_CONST_EXPR)
			t = C_MAYBE_CONST_EXPR_EXPR(t);
		else if (TREE_CODE(t) == COMPOUND_EXPR)
			t = TREE_OPERAND(t, 1);
		else if (TREE_CODE(t) == INDIRECT_REF || TREE_CODE(t) == ARRAY_REF)
			t = TREE_OPERAND(t, 0);
		else if (TREE_CODE(t) == ADDR_EXPR && TREE_CODE(TREE_OPERAND(t, 0)) != FUNCTION_DECL)
			t = TREE_OPERAND(t, 0);
		else
			break;
	}
	return t;
}

static tree function_of(tree t)
{
	t = bare(t);
	if (t && TREE_CODE(t) == ADDR_EXPR)
		t = TREE_OPERAND(t, 0);
	return t && TREE_CODE(t) == FUNCTION_DECL ? t : NULL_TREE;
}

/* STRUCT.MEMBER of a reference; what is anonymous is passed over towards the struct it stands in. */
static std::string member(tree decl, tree object)
{
	tree type = TYPE_MAIN_VARIANT(DECL_CONTEXT(decl));
	while (!TYPE_NAME(type) && object && TREE_CODE(object) == COMPONENT_REF) {
		type = TYPE_MAIN_VARIANT(DECL_CONTEXT(TREE_OPERAND(object, 1)));
		object = TREE_OPERAND(object, 0);
	}
	tree id = TYPE_NAME(type);
	std::string owner = !id ? "" : TREE_CODE(id) == IDENTIFIER_NODE ? IDENTIFIER_POINTER(id) : name(id);
	return field("kind", "member") + field("struct", owner) + field("field", name(decl));
}

static tree holds_function(tree *tp, int *, void *)
{
	tree type = TREE_CODE(*tp) == COMPONENT_REF ? TREE_TYPE(*tp) : NULL_TREE;
	while (type && TREE_CODE(type) == ARRAY_TYPE)
		type = TREE_TYPE(type);
	return type && POINTER_TYPE_P(type) && TREE_CODE(TREE_TYPE(type)) == FUNCTION_TYPE ? *tp : NULL_TREE;
}

static std::string holder(tree t)
{
	t = bare(t);
	if (t && TREE_CODE(t) != COMPONENT_REF && !DECL_P(t) && TREE_CODE(t) != CALL_EXPR)
		if (tree found = walk_tree_without_duplicates(&t, holds_function, NULL)) // ({ *&po->xmit; })
			t = found;
	if (t && TREE_CODE(t) == COMPONENT_REF)
		return member(TREE_OPERAND(t, 1), TREE_OPERAND(t, 0));
	return field("kind", t ? get_tree_code_name(TREE_CODE(t)) : "nothing") + field("name", name(t));
}

/* A value that is a function's address, or either arm of a ternary. */
static void store(tree value, const std::string &where, location_t loc)
{
	tree t = bare(value);
	if (t && TREE_CODE(t) == COND_EXPR) {
		store(TREE_OPERAND(t, 1), where, loc);
		store(TREE_OPERAND(t, 2), where, loc);
	} else if (tree function = function_of(t)) {
		write("store", field("caller", name(current)) + field("function", name(function)) + where, EXPR_LOC_OR_LOC(t, loc));
	}
}

static void initial(tree value, const std::string &where, location_t loc)
{
	unsigned int i;
	tree index, each;
	tree t = bare(value);
	if (!t || TREE_CODE(t) != CONSTRUCTOR)
		return store(value, where, loc);
	FOR_EACH_CONSTRUCTOR_ELT(CONSTRUCTOR_ELTS(t), i, index, each)
		initial(each, index && TREE_CODE(index) == FIELD_DECL ? member(index, NULL_TREE) : where, loc);
}

static tree visit(tree *tp, int *, void *seen)
{
	tree t = *tp;
	location_t loc = nearest = EXPR_LOC_OR_LOC(t, nearest);
	switch ((int)TREE_CODE(t)) {
	case CALL_EXPR:
		if (tree function = CALL_EXPR_FN(t) ? function_of(CALL_EXPR_FN(t)) : NULL_TREE)
			write("call", field("caller", name(current)) + field("callee", name(function)), loc);
		else if (CALL_EXPR_FN(t))
			write("pointer", field("caller", name(current)) + holder(CALL_EXPR_FN(t)), loc);
		for (int i = 0; i < call_expr_nargs(t); i++)
			store(CALL_EXPR_ARG(t, i), field("kind", "argument"), loc);
		break;
	case MODIFY_EXPR:
		store(TREE_OPERAND(t, 1), holder(TREE_OPERAND(t, 0)), loc);
		break;
	case BIND_EXPR:
		for (tree var = BIND_EXPR_VARS(t); var; var = DECL_CHAIN(var))
			if (VAR_P(var) && DECL_INITIAL(var))
				initial(DECL_INITIAL(var), holder(var), DECL_SOURCE_LOCATION(var));
		break;
	case COMPOUND_LITERAL_EXPR: {
		tree var = COMPOUND_LITERAL_EXPR_DECL(t);
		initial(DECL_INITIAL(var), holder(var), loc);
		walk_tree(&DECL_INITIAL(var), visit, seen, (hash_set<tree> *)seen);
	}
	}
	return NULL_TREE;
}

static void on_function(void *event, void *)
{
	current = (tree)event;
	nearest = DECL_SOURCE_LOCATION(current);
	int last = expand_location(DECL_STRUCT_FUNCTION(current)->function_end_locus).line;
	write("function", field("name", name(current)) + ", \"last\": " + std::to_string(last), nearest);
	hash_set<tree> seen;
	walk_tree(&DECL_SAVED_TREE(current), visit, &seen, &seen);
	current = NULL_TREE;
}

static void on_declaration(void *event, void *)
{
	tree var = (tree)event;
	if (VAR_P(var) && DECL_FILE_SCOPE_P(var) && DECL_INITIAL(var) && DECL_INITIAL(var) != error_mark_node)
		initial(DECL_INITIAL(var), holder(var), DECL_SOURCE_LOCATION(var));
}

static void on_line(cpp_reader *reader, const cpp_token *token, int parsing_args)
{
	expanded_location at = expand_location(token->src_loc);
	if (at.file)
		lines[at.file].insert(at.line);
	next_line_change(reader, token, parsing_args);
}

static void on_define(cpp_reader *reader, location_t loc, cpp_hashnode *node)
{
	macros.insert((const char *)NODE_NAME(node));
	if (next_define)
		next_define(reader, loc, node);
}

static void on_start(void *, void *)
{
	cpp_callbacks *callbacks = cpp_get_callbacks(parse_in);
	next_line_change = callbacks->line_change;
	next_define = callbacks->define;
	callbacks->line_change = on_line;
	callbacks->define = on_define;
}

static void on_finish(void *, void *)
{
	std::string list;
	for (auto &each : macros)
		list += (list.empty() ? "" : ", ") + quoted(each);
	fprintf(out, "{\"t\": \"macros\", \"names\": [%s]}\n", list.c_str());
	for (auto &each : lines) {
		list.clear();
		for (int line : each.second)
			list += (list.empty() ? "" : ", ") + std::to_string(line);
		fprintf(out, "{\"t\": \"lines\"%s, \"lines\": [%s]}\n", field("file", each.first).c_str(), list.c_str());
	}
	fclose(out);
}

int plugin_init(plugin_name_args *info, plugin_gcc_version *version)
{
	bool fits = plugin_default_version_check(version, &gcc_version) && info->argc == 1;
	if (!fits || !(out = fopen(info->argv[0].value, "w")))
		return 1;
	register_callback(info->base_name, PLUGIN_START_UNIT, on_start, NULL);
	register_callback(info->base_name, PLUGIN_PRE_GENERICIZE, on_function, NULL);
	register_callback(info->base_name, PLUGIN_FINISH_DECL, on_declaration, NULL);
	register_callback(info->base_name, PLUGIN_FINISH_UNIT, on_finish, NULL);
	return 0;
}
