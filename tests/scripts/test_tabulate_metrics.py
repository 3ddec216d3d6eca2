from scripts.tabulate_metrics import tabulate_metrics


def test_all_legs_are_in_one_table(tmp_path):
    """Also where the first of them has no rows."""
    legs, regions = [], []
    for seed in (1, 2):
        legs.append(tmp_path / f"metrics{seed}.csv")
        legs[-1].write_text(f'recipe,seed,metric\n"a, b",{seed},ks\n"a, b",{seed},auc\n')
        regions.append(tmp_path / f"regions{seed}.csv")
        regions[-1].write_text("recipe,seed,box\n" + "gan,2,x\n" * (seed - 1))
    tabulate_metrics(
        legs=legs, regions_of_legs=regions, metrics=tmp_path / "all/metrics.csv",
        regions=tmp_path / "all/regions.csv",
    )  # fmt: skip
    assert (tmp_path / "all/metrics.csv").read_text() == (
        'recipe,seed,metric\n"a, b",1,ks\n"a, b",1,auc\n"a, b",2,ks\n"a, b",2,auc\n'
    )
    assert (tmp_path / "all/regions.csv").read_text() == "recipe,seed,box\ngan,2,x\n"
