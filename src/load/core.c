/* CO-RE relocations: candidates, their answers, and what they agree on. */
#include "load/core.h"

#include "load/core_parts.h"

/* Steps for an object's relocations together, and some more with each. A kernel's largest
 * structure has some hundred members, its largest enum some thousand values. */
enum { WORK = 1 << 24, WORK_EACH = 1 << 12 };

struct sk_core {
    struct sk_mem mem;
    const struct sk_btf *local;
    struct sk_core_target *targets;
    uint32_t target_count;
    uint32_t *list_of; /* by type of `local`: 1 + index in lists; NULL: none are yet */
    struct sk_core_list *lists;
    size_t list_count, list_cap;
    struct sk_core_work work;
};

/* ---- Birth and death ---------------------------------------------------------------------- */

enum skep_code sk_core_new(struct sk_core **core, const struct sk_mem *mem,
                           const struct sk_btf *local,
                           const struct sk_btf *const *targets, uint32_t target_count,
                           struct skep_err *err)
{
    struct sk_core *fresh = sk_mem_new(mem, 1, sizeof(*fresh));

    if (!fresh)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), sizeof(*fresh));
    fresh->mem = *mem;
    fresh->local = local;
    fresh->target_count = target_count;
    fresh->work.left = WORK;
    fresh->targets = sk_mem_new(mem, target_count, sizeof(*fresh->targets));
    if (!fresh->targets) {
        sk_mem_free(mem, fresh, 1, sizeof(*fresh));
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       target_count * sizeof(*fresh->targets));
    }
    for (uint32_t i = 0; i < target_count; i++)
        fresh->targets[i].btf = targets[i];
    *core = fresh;
    return SKEP_OK;
}

void sk_core_free(struct sk_core *core)
{
    struct sk_mem mem;

    if (!core)
        return;
    mem = core->mem;
    for (uint32_t i = 0; i < core->target_count; i++)
        sk_core_unindex(&core->targets[i], &mem);
    for (size_t i = 0; i < core->list_count; i++)
        sk_mem_free(&mem, core->lists[i].items, core->lists[i].cap,
                    sizeof(*core->lists[i].items));
    sk_mem_free(&mem, core->lists, core->list_cap, sizeof(*core->lists));
    sk_mem_free(&mem, core->list_of, core->local->count, sizeof(*core->list_of));
    sk_mem_free(&mem, core->targets, core->target_count, sizeof(*core->targets));
    sk_mem_free(&mem, core, 1, sizeof(*core));
}

/* ---- Refusals ------------------------------------------------------------------------------ */

/* One relocation on its way. */
struct job {
    struct sk_core *core;
    const struct sk_btf_ext *ext;
    const struct sk_ext_core *record;
    struct skep_err *err;
};

static enum skep_code refuse(const struct job *job, const char *why)
{
    char text[128];
    struct sk_out out;

    sk_out_buf(&out, text, sizeof(text));
    if (job->record->type < job->core->local->count)
        sk_core_put(job->core->local, job->record, &out);
    return sk_btf_ext_fail(job->ext, job->record->at, job->err,
                           "CO-RE at offset 0x%llx of the code, %s: %s",
                           (unsigned long long)job->record->insn_off, text, why);
}

static const char *const fit_texts[] = {
    [SK_CORE_TOO_DEEP] = "types are nested too deep to be compared",
    [SK_CORE_TOO_LONG] = "the object's types take too much work to be compared",
    [SK_CORE_NO_SIZE] =
        "in the target it lies too far away, or behind something without a size",
};

/* ---- Candidates ----------------------------------------------------------------------------- */

/* vmlinux, or if it has none the modules. */
static enum skep_code collect(const struct job *job, const struct sk_btf_type *type,
                              struct sk_core_list *list)
{
    struct sk_core *core = job->core;

    for (uint32_t i = 0; i < core->target_count; i++) {
        if (i == 1 && list->count)
            return SKEP_OK;
        SK_TRY(sk_core_index(&core->targets[i], &core->mem, &core->work, job->err));
        if (!core->targets[i].is_indexed)
            return SKEP_OK;
        SK_TRY(sk_core_collect(&core->targets[i], &core->mem, type, &core->work, list,
                               job->err));
    }
    return SKEP_OK;
}

/* The list for a type that has none yet, at the end of core->lists. */
static enum skep_code add_list(const struct job *job, const struct sk_btf_type *type)
{
    struct sk_core *core = job->core;
    struct sk_core_list list = { 0 };
    enum skep_code code;

    if (!core->list_of) {
        core->list_of =
            sk_mem_new(&core->mem, core->local->count, sizeof(*core->list_of));
        if (!core->list_of)
            return sk_fail(job->err, E_NO_MEMORY, sk_at_nothing(),
                           core->local->count * sizeof(*core->list_of));
    }
    SK_TRY(sk_mem_grow(&core->mem, &core->lists, &core->list_cap, core->list_count, 1,
                       sizeof(*core->lists), job->err));
    code = collect(job, type, &list);
    if (!code && !core->work.left)
        code = refuse(job, fit_texts[SK_CORE_TOO_LONG]);
    if (code) {
        sk_mem_free(&core->mem, list.items, list.cap, sizeof(*list.items));
        return code;
    }
    core->lists[core->list_count++] = list;
    core->list_of[type->id] = (uint32_t)core->list_count;
    return SKEP_OK;
}

static enum skep_code list_for(const struct job *job, const struct sk_btf_type *type,
                               struct sk_core_list **list)
{
    struct sk_core *core = job->core;

    if (!core->list_of || !core->list_of[type->id])
        SK_TRY(add_list(job, type));
    *list = &core->lists[core->list_of[type->id] - 1];
    return SKEP_OK;
}

/* ---- Answers ---------------------------------------------------------------------------------- */

/* What the candidates that fit say. */
struct answer {
    struct sk_core_value value;
    const struct sk_btf *btf; /* of the first that fits; NULL: none does */
    uint64_t bits;
};

/* Asks one candidate, which may not fit. */
static const char *ask(const struct job *job, const struct sk_core_path *path,
                       struct sk_core_candidate *candidate, struct answer *answer)
{
    struct sk_core_pair pair = { job->core->local, candidate->btf, &job->core->work };
    struct sk_core_path there;
    struct sk_core_value value;
    enum sk_core_fit fit =
        sk_core_follow(&pair, path, job->record->kind, candidate->id, &there);

    candidate->fits = fit == SK_CORE_FITS;
    if (!pair.work->left)
        return fit_texts[SK_CORE_TOO_LONG];
    if (fit == SK_CORE_DIFFERS)
        return NULL;
    if (fit != SK_CORE_FITS)
        return fit_texts[fit];
    SK_CORE_TRY(sk_core_value(job->record->kind, &there, &value));
    if (!answer->btf)
        *answer = (struct answer){ value, candidate->btf, there.bits };
    else if (answer->bits != there.bits)
        return "candidates in the target have the field at different offsets";
    else if (answer->value.value != value.value)
        return "candidates in the target give different values";
    return NULL;
}

/* Asks all. Those that did not fit are not asked again, by other relocations of the type
 * either, unless none fits: as libbpf, by which an object can choose among types of one
 * name. */
static const char *ask_all(const struct job *job, const struct sk_core_path *path,
                           struct sk_core_list *list, struct answer *answer)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++)
        SK_CORE_TRY(ask(job, path, &list->items[i], answer));
    if (!answer->btf)
        return sk_core_value(job->record->kind, NULL, &answer->value);
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].fits)
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
    return NULL;
}

/* Whether a load or store can be of the other size: what is above is zero in a register, as
 * it is in unsigned values and pointers. */
static int is_resizable(const struct sk_btf_type *from, const struct sk_btf_type *to)
{
    if (from->kind == SK_BTF_PTR)
        return to->kind == SK_BTF_PTR;
    return from->kind == SK_BTF_INT && to->kind == SK_BTF_INT &&
           sk_btf_int(from).encoding != SK_BTF_SIGNED &&
           sk_btf_int(to).encoding != SK_BTF_SIGNED;
}

static struct sk_core_change change_of(const struct job *job,
                                       const struct sk_core_value *here,
                                       const struct answer *there)
{
    struct sk_core_change change = {
        .from = here->value,
        .to = there->value.value,
        .is_certain = here->is_certain,
        .is_poison = there->value.is_absent,
        .from_size = here->size,
        .to_size = there->value.size,
    };

    if (change.from_size != change.to_size && there->btf) {
        struct sk_btf_type from = sk_btf_type(job->core->local, here->type);
        struct sk_btf_type to = sk_btf_type(there->btf, there->value.type);

        change.is_unsafe = !is_resizable(&from, &to);
    }
    return change;
}

static enum skep_code resolve(const struct job *job, const struct sk_core_path *path,
                              struct sk_core_change *change)
{
    struct sk_btf_type type = sk_btf_type(job->core->local, path->root);
    struct sk_core_value here;
    struct answer there = { 0 };
    struct sk_core_list *list;
    const char *why = sk_core_value(job->record->kind, path, &here);

    if (why)
        return refuse(job, why);
    if (job->record->kind == SK_CORE_TYPE_ID_LOCAL) {
        there.value = here;
    } else {
        if (!*type.name)
            return refuse(job, "a type without a name cannot be found in the target");
        SK_TRY(list_for(job, &type, &list));
        why = ask_all(job, path, list, &there);
        if (why)
            return refuse(job, why);
    }
    *change = change_of(job, &here, &there);
    return SKEP_OK;
}

enum skep_code sk_core_apply(struct sk_core *core, const struct sk_btf_ext *ext,
                             const struct sk_ext_core *record, void *slots,
                             uint32_t count, uint32_t pc, enum sk_core_outcome *outcome,
                             struct skep_err *err)
{
    struct job job = { core, ext, record, err };
    struct sk_core_path path;
    struct sk_core_change change;
    const char *why;

    if (!core->work.left)
        return refuse(&job, fit_texts[SK_CORE_TOO_LONG]);
    core->work.left += WORK_EACH;
    if (pc >= count)
        return refuse(&job, "the instruction is not there");
    if (record->type >= core->local->count)
        return refuse(&job, "the type is not there");
    why = sk_core_parse(core->local, record, &path);
    if (why)
        return refuse(&job, why);
    SK_TRY(resolve(&job, &path, &change));
    why = sk_core_patch(&change, slots, count, pc, outcome);
    return why ? refuse(&job, why) : SKEP_OK;
}
