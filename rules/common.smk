"""The study, checked and complete, and the helpers that rules use."""

import atexit
import csv
import os
import re
import sys
import time
from collections import Counter
from itertools import takewhile

from collapse.errors import InputError
from collapse.events.derived import derived_names, derived_needed
from collapse.events.external import is_external, sample_files
from collapse.events.sources import local_inputs, simulated_files
from collapse.gan.registry import tricks_used
from collapse.logs import SHOWN_LATER, last_errors
from collapse.planning.changes import summary
from collapse.planning.checks import check_files, check_folder
from collapse.planning.config import load_study
from collapse.planning.costs import training_megabytes, training_minutes
from collapse.planning.digest import code_digest, file_digest
from collapse.planning.inputs import check_inputs
from collapse.planning.legs import legs, trained_anew
from collapse.planning.places import placed
from collapse.planning.plain import read_unique
from collapse.planning.recipes import changed_keys, recipe_bases

try:
    # Those of a workflow that imports this one with a config of its own making are its own matter.
    importing = workflow.modifier.parent_modifier
    if importing is None or config is importing.globals["config"]:
        for file in workflow.configfiles:
            read_unique(file)
    STUDY = load_study(config, PROJECT)
    # Jobs see of the files what they themselves need.
    if workflow.is_main_process:
        check_folder(".snakemake")
        check_files(STUDY)
        check_inputs(STUDY, Path(".snakemake", "inputs.json"))
except InputError as error:
    # An exception would end in this file's line, which says nothing to whom the config is.
    typed = workflow.config_settings.config
    sys.exit(placed(str(error), workflow.configfiles, typed))

STARTED = time.time()
# Snakemake is elsewhere again when it ends.
FOLDER = Path.cwd()
# Only jobs on this machine are of this process's environment; those of clusters parse this again.
os.environ[SHOWN_LATER] = "1" if workflow.is_main_process else ""

# What a piece of advice is measured against.
BASES = recipe_bases(config, PROJECT)

# Recipes whose samples come from elsewhere, and those that are trained.
EXTERNAL = [name for name, recipe in STUDY["recipes"].items() if is_external(recipe)]
TRAINED = [name for name in STUDY["recipes"] if name not in EXTERNAL]

# Where a dataset's, a run's and a leg's files lie.
DATA = "<results>/data/{dataset}"
RUN = "<results>/runs/{dataset}/{recipe}/seed{seed}"
LEG = f"{RUN}/leg{{leg}}"

# A leg's name is its last epoch count.
LEGS = {leg[-1]: leg for leg in legs(STUDY["epochs"], STUDY["leg_epochs"])}


def one_of(names):
    """A wildcard's constraint: one of these names."""
    return "|".join(re.escape(str(name)) for name in names) or "(?!)"


def code(rule):
    """The digest of a rule's script and of what it imports, for `params`."""
    return code_digest(PROJECT / "scripts" / f"{rule}.py")


def code_of_recipe(rule):
    """The same with the tricks that a recipe uses, so that another trick reruns nothing."""

    def get(wildcards):
        tricks = tricks_used(STUDY["recipes"][wildcards.recipe])
        return code_digest(PROJECT / "scripts" / f"{rule}.py", *tricks)

    return get


def of_study(section, *keys, only=None):
    """A getter for `params`: a section of the config, by the wildcards named by `keys`.

    `only` names what the rule uses, so that changing the rest reruns nothing.
    """

    def get(wildcards):
        value = STUDY[section]
        for key in keys:
            value = value[getattr(wildcards, key)]
        return {key: value[key] for key in only if key in value} if only else value

    return get


def unlabelled_dataset(wildcards):
    """A dataset without what figures alone use."""
    dataset = STUDY["datasets"][wildcards.dataset]
    features = dataset["features"].items()
    return dataset | {
        "features": {
            name: {key: f[key] for key in ("expression", "default") if key in f}
            for name, f in features
        }
    }


# The derived columns without what figures alone use.
FORMULAS = {
    name: {"expression": column["expression"]}
    for name, column in STUDY["evaluation"]["derived"].items()
}


# The cuts that generated events must pass.
SELECT = STUDY["generated"]["select"]


def unlabelled_evaluation(wildcards):
    """The evaluation without what figures alone use."""
    evaluation = STUDY["evaluation"]
    windows = evaluation["windows"].items()
    return evaluation | {
        "derived": FORMULAS,
        "windows": {
            name: {key: w[key] for key in ("feature", "low", "high")}
            for name, w in windows
        },
    }


def growing(amount):
    """A resource that doubles with each attempt: a number, or a function of wildcards and input."""

    def get(wildcards, input, attempt):
        first = amount(wildcards, input) if callable(amount) else amount
        return first * 2 ** (attempt - 1)

    return get


def minutes_of_leg(wildcards, input):
    """What a training job's steps take."""
    recipe = STUDY["recipes"][wildcards.recipe]
    n_features = len(STUDY["datasets"][wildcards.dataset]["features"])
    leg = int(wildcards.leg)
    # Four bytes a number, and all events, where the training split is what counts.
    n_events = input.size_mb * 2**20 / (4 * n_features)
    return training_minutes(
        recipe,
        n_features=n_features,
        epochs=leg - max((end for end in LEGS if end < leg), default=0),
        steps_per_epoch=STUDY["steps_per_epoch"] or n_events / recipe["batch_size"],
    )


def megabytes_of_leg(wildcards, input):
    """What a training job's data and networks take."""
    n_features = len(STUDY["datasets"][wildcards.dataset]["features"])
    recipe = STUDY["recipes"][wildcards.recipe]
    return training_megabytes(recipe, n_features=n_features, data=input.size_mb)


def previous_checkpoint(wildcards):
    """The checkpoint at the end of the leg before, or nothing for the first."""
    earlier = [leg for leg in LEGS if leg < int(wildcards.leg)]
    if not earlier:
        return []
    return f"{RUN}/leg{max(earlier)}/checkpoint.h5"


def counts_to_train(wildcards):
    """The epoch counts of a leg; those of a longer list that it was trained for serve as well."""
    counts, leg = LEGS[int(wildcards.leg)], LEG.format(**wildcards, results="<results>")
    done = Path(leg.replace("<results>", f"results/{STUDY['study']}"), "timing.csv")
    if done.is_file():
        with done.open() as lines:
            kept = next(csv.DictReader(lines), {}).get("counts") or ""
        if {*counts} <= {*map(int, kept.split())}:
            return [*map(int, kept.split())]
    return counts


def recovery_point(wildcards, output):
    """Where a job's recovery point goes: with the results, wherever they lie."""
    run = "{0.dataset}/{0.recipe}/seed{0.seed}/leg{0.leg}".format(wildcards)
    results = output.checkpoint.removesuffix(f"runs/{run}/checkpoint.h5")
    return f"{results}recovery/{'.'.join(Path(run).parts)}.h5"


def generators_at_count(wildcards):
    """The generators of the leg that an epoch count falls in."""
    leg = next(leg for leg in LEGS if leg >= int(wildcards.epochs))
    return f"{RUN}/leg{leg}/generators.h5"


def networks_of_recipe(wildcards):
    """The digest of the file of networks that a recipe names, or None."""
    file = STUDY["recipes"][wildcards.recipe].get("networks")
    return file_digest(file) if file else None


def files_of_dataset(wildcards):
    """The files of a dataset; what is read from a URL is no input of Snakemake's."""
    return local_inputs(STUDY["datasets"][wildcards.dataset]["files"])


def inputs_of_dataset(wildcards):
    """The same as inputs. What a user has lies on this machine even if results lie in a storage."""
    made = simulated_files(STUDY)
    files = files_of_dataset(wildcards)
    # A clone gives what is shipped the time at which it was made, which makes nothing outdated.
    return [
        (
            file
            if os.path.normpath(file) in made
            else ancient(local(file)) if is_shipped(file) else local(file)
        )
        for file in files
    ]


def is_shipped(file):
    """Whether a file is one of the project's own resources."""
    return (PROJECT / "resources").resolve() in Path(file).resolve().parents


def shipped_digests(wildcards):
    """What stands for the content of shipped files, since their time doesn't."""
    return [file_digest(f) for f in files_of_dataset(wildcards) if is_shipped(f)]


def patterns(rule):
    """A rule's outputs as it states them: for `expand`, without storage or a module's prefix."""
    stated = rule.rule.ruleinfo.output
    outputs = [*stated.paths, *stated.kwpaths.values()]
    lists = [[given] if isinstance(given, str) else given for given in outputs]
    # As plain text: `expand` takes none that is marked for the report.
    return [str(path) for paths in lists for path in paths]


def external_files(wildcards):
    """The local files with the samples of one leg of a run, for a recipe of kind `external`."""
    recipe = STUDY["recipes"][wildcards.recipe]
    run = {"dataset": wildcards.dataset, "seed": wildcards.seed}
    counts = LEGS[int(wildcards.leg)]
    specs = [sample_files(recipe, **run, epochs=count) for count in counts]
    files = local_inputs([file for files in specs for file in files])
    return [local(file) for file in files]


def tell_changes():
    """Say which changed parameters make jobs run again, once it is known what runs."""
    dag = getattr(workflow, "_dag", None)
    reasons = (
        []
        if dag is None
        else [
            (job, dag.reason(job)) for job in dag.needrun_jobs(exclude_finished=False)
        ]
    )
    changes = [(job.rule.name, reason.params_changed) for job, reason in reasons]
    told = summary(
        [(name, c.only_old, c.only_new) for name, c in changes if c and c.only_old]
    )
    told += told_anew()
    print(*told, sep="\n", end="\n" if told else "", file=sys.stderr)


def told_anew():
    """Say which trainings begin anew though the run had been trained to a smaller count."""
    width, runs = STUDY["leg_epochs"], FOLDER / f"results/{STUDY['study']}/runs"
    counts = Counter()
    for run in expand(
        "{dataset}/{recipe}/seed{seed}",
        dataset=STUDY["datasets"],
        recipe=TRAINED,
        seed=STUDY["seeds"],
    ):
        files = runs.joinpath(run).glob("leg*/checkpoint.h5")
        done = {int(file.parent.name.removeprefix("leg")) for file in files}
        if case := trained_anew(done, STUDY["epochs"], width):
            counts[case] += 1
    return [
        f"{n} run{'s' * (n > 1)} trained to epoch {had} will be trained from {start} to {end}: "
        f"a job trains a stretch of `leg_epochs: {width}` epochs as a whole, and both counts lie "
        "in one."
        for (start, had, end), n in counts.items()
    ]


# A dry run has no hook of its own.
if workflow.is_main_process:
    atexit.register(tell_changes)


def closing_words():
    """What a study that is done ends with: its verdicts, its report, and the next command."""
    verdicts = Path(f"results/{STUDY['study']}/tables/verdicts.txt")
    if not (workflow.is_main_process and verdicts.is_file()):
        return ""
    target = f"results/{STUDY['study']}/report.html"
    given = [os.path.relpath(file) for file in workflow.overwrite_configfiles]
    configs = f" --configfile {' '.join(given)}" if given else ""
    return (
        f"{verdicts.read_text()}\n"
        f"The pictures are in results/{STUDY['study']}/figures, the tables in {verdicts.parent}.\n"
        f"For a page of all of it: snakemake --report {target}{configs}\n"
    )


def of_legs(name, **runs):
    """A file of each leg of a run, or of the runs with some recipes or seeds."""
    return expand(f"{LEG}/{name}", **runs, leg=LEGS, allow_missing=True)


def traces_of_run(wildcards):
    """The traces of a run, which samples from elsewhere don't have."""
    if wildcards.recipe in EXTERNAL:
        return []
    return of_legs("trace.h5")


def scaler_of_recipe(wildcards):
    """The scaler that a recipe names; samples from elsewhere need none."""
    if wildcards.recipe in EXTERNAL:
        return []
    return f"{DATA}/scalers/{STUDY['recipes'][wildcards.recipe]['scaler']}.h5"


def for_each_run(paths, recipes=None):
    """Paths for every dataset, recipe, seed and leg, in that order, each once."""
    return list(
        dict.fromkeys(
            expand(
                paths,
                dataset=STUDY["datasets"],
                recipe=STUDY["recipes"] if recipes is None else recipes,
                seed=STUDY["seeds"],
                leg=LEGS,
            )
        )
    )


# The pictures of each checkpoint are in the report of a study with at most so many of them, or it
# would take minutes to open: 500 are 60 MB.
PER_CHECKPOINT = 100 >= len(STUDY["datasets"]) * len(STUDY["recipes"]) * len(
    STUDY["seeds"]
) * len(STUDY["epochs"])


def in_report(path, caption, category, **labels):
    """A path that the report shows, with its caption; of several formats it shows one."""
    formats = STUDY["figures"]["formats"]
    shown = "png" if "png" in formats else formats[0]
    if path.endswith((".png", ".svg")) and not path.endswith(shown):
        return path
    caption = f"../report/{caption}.rst"
    return report(path, caption=caption, category=category, labels=labels)


def for_each_count(name, caption=None, category=None, **labels):
    """Paths of a figure at every epoch count, in every format; with a caption, for the report."""
    width = len(str(STUDY["epochs"][-1]))
    return [
        (
            in_report(path, caption, category, **labels, epoch=f"{epochs:0{width}d}")
            if caption
            else path
        )
        for epochs in STUDY["epochs"]
        for path in expand(
            name,
            epochs=epochs,
            format=STUDY["figures"]["formats"],
            allow_missing=True,
        )
    ]


def films_of_seeds(name, caption, shown):
    """Paths of the films of a recipe's runs; those of the seeds `shown` are in the report."""
    return [
        (
            in_report(
                path,
                caption,
                "4 Per recipe",
                what=caption.replace("_", " "),
                dataset="{dataset}",
                recipe="{recipe}",
                seed=str(seed),
                epoch="all",
            )
            if seed in shown
            else path
        )
        for seed in STUDY["seeds"]
        for path in expand(
            f"<results>/figures/{{dataset}}/{{recipe}}/seed{seed}/{name}",
            format=STUDY["figures"]["formats"],
            allow_missing=True,
        )
    ]


def question_or_recipe(wildcards):
    """The report's category of a run's pictures: the first run is what the study asks about."""
    first = next(iter(STUDY["recipes"])), str(STUDY["seeds"][0])
    asked = (wildcards.recipe, wildcards.seed) == first
    return "1 Question" if asked else "4 Per recipe"


def feature_labels(wildcards):
    """A dataset's features as figures call them: dicts of name, label, unit and log."""
    return labelled(STUDY["datasets"][wildcards.dataset]["features"])


def column_labels(wildcards):
    """The same of all columns that are measured: the features, then the derived ones."""
    columns = STUDY["datasets"][wildcards.dataset]["features"]
    derived = STUDY["evaluation"]["derived"]
    names = derived_names(derived, list(columns))
    return labelled({name: (columns | derived)[name] for name in names})


def labelled(columns):
    """What figures need to know of some columns."""
    return [
        {"name": name} | {key: column[key] for key in ("label", "unit", "log")}
        for name, column in columns.items()
    ]


def recipes_to(wildcards):
    """The recipes up to a run's, which fix its colour, so that one added at the end redraws none."""
    return [*takewhile(wildcards.recipe.__ne__, STUDY["recipes"]), wildcards.recipe]


def of_dataset(name, category):
    """A figure of a dataset in every format, by its name; with a category, for the report."""
    paths = expand(
        f"<results>/figures/{{dataset}}/{name}.{{format}}",
        format=STUDY["figures"]["formats"],
        allow_missing=True,
    )
    if not category:
        return paths
    return [
        in_report(path, name, category, what=name, dataset="{dataset}")
        for path in paths
    ]
