import pytest

from kerastorch.migrate.magics import translate
from kerastorch.migrate.missing import public_name

LINE, RUN, SYSTEM = "get_ipython().run_line_magic", "get_ipython().run_cell_magic", "get_ipython().system"


@pytest.mark.parametrize(
    "source, expected",
    [
        ("x = 1\ny = 5 \\\n% 3", "x = 1\ny = 5 \\\n% 3"),
        ("s = '''\n!no\n%no\n'''", "s = '''\n!no\n%no\n'''"),
        ("x = (1\n!= 2)\n!ls", f"x = (1\n!= 2)\n{SYSTEM}('ls')"),
        ("%matplotlib inline", f"{LINE}('matplotlib', 'inline')"),
        ("for i in x:\n    !echo {i}", f"for i in x:\n    {SYSTEM}('echo {{i}}')"),
        ("!ls \\\n  -l\nx", f"{SYSTEM}('ls   -l')\n\nx"),
        ("a, b = !ls", "a, b = get_ipython().getoutput('ls')"),
        ("t = %timeit -o f()", f"t = {LINE}('timeit', '-o f()')"),
        ("x != 1\n!ls", f"x != 1\n{SYSTEM}('ls')"),
        ("x %= 2\n%cd ..", f"x %= 2\n{LINE}('cd', '..')"),
        ("%%time\nf()", f"{RUN}('time', '', '\\nf()')"),
        ("\n%%bash -e\nls", f"\n{RUN}('bash', '-e', '\\nls')"),
        ("np.zeros?", f"{LINE}('pinfo', 'np.zeros')"),
        ("?print", f"{LINE}('pinfo', 'print')"),
        ("pip install x", f"{SYSTEM}('pip install x')"),
    ],
)
def test_translation(source, expected):
    assert translate(source) == expected


@pytest.mark.parametrize(
    "name, public",
    [
        ("compat.keras.layers", "keras.layers"),
        ("compat.compat.v1", "tf.compat.v1"),
        ("kerastorch.ops", "keras.ops"),
        ("tf_keras.layers", "keras.layers"),
        ("compatible", "compatible"),
    ],
)
def test_public_name(name, public):
    assert public_name(name) == public
