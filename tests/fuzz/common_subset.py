# SPDX-License-Identifier: MIT
"""Random programs in the Python that CPython and MicroPython have in common.

`program(seed)` is a program as (number, source) pairs; each source is a statement that prints
`NUMBER RESULT` lines by `t()` and `show()`, which look the same on both (PRELUDE). What depends on
the order of dicts and sets, on addresses or on the text of messages is not printed. A letter
behind a $ is a place for an expression: i int, j 0 to 9, k index, f float, s str, U one with
characters beyond ASCII, c character, b bytes, l list of ints, m list of strs, d dict of str to
int, e set of ints, u tuple, o bool, p pattern, w width, a anything.
"""

import random
import re

PRELUDE = """\
import json, math, re, struct
from collections import OrderedDict, deque, namedtuple
def show(x, depth=0):
    if x is None or isinstance(x, bool): return repr(x)
    if isinstance(x, int): return str(x)
    if isinstance(x, float): return '~' + repr(x)
    if isinstance(x, str):
        return '"' + ''.join([c if ' ' <= c <= '~' else '<%x>' % ord(c) for c in x]) + '"'
    if isinstance(x, (bytes, bytearray)): return type(x).__name__ + ' ' + x.hex()
    if depth > 5: return '..'
    if isinstance(x, dict):
        return '{' + ', '.join(sorted([show(k, depth + 1) + ': ' + show(x[k], depth + 1)
                                       for k in x])) + '}'
    if isinstance(x, (set, frozenset)):
        return type(x).__name__ + ' ' + ', '.join(sorted([show(y, depth + 1) for y in x]))
    if isinstance(x, (list, tuple)):
        words = ', '.join([show(y, depth + 1) for y in x])
        return '[' + words + ']' if isinstance(x, list) else '(' + words + ')'
    if isinstance(x, BaseException): return 'raised ' + kind(x)
    return type(x).__name__
def t(n, f):
    try:
        text = show(f())
    except Exception as e:
        text = 'raised ' + kind(e)
    print(n, text if len(text) < 400 else text[:200] + '...' + text[-100:] + str(len(text)))
def take(g, n=6):
    out = []
    for x in g:
        out.append(x)
        if len(out) == n: break
    return out
"""

WORDS = ("", "a", "ab", "abc", "aXbXc", "  pad ", "Hello World", "x,y,,z", "12", "-7", "0x1f", "3.5",
         "\\ttab\\nline", "aaa", "abcabc", "%", "{}", "UPPER", "true", "ab")  # fmt: skip
UNICODE = ("é", "naïve→", "𝄞", "aé", "", "ß𝄞x")
FLOATS = ("0.0", "-0.0", "1.0", "-1.6", "0.1", "2.3", "3.7", "1e10", "-2e-7", "1e15", "1234.567")
PATTERNS = ("a", "a+", "[a-c]+", "(a)(b)?", "^a", "c$", "[^a]", "(a|b)+", "\\\\d+", "\\\\w+?",
            "(\\\\w)(\\\\s)", "[,;]", "a*?b", "(?:ab)+c", "\\\\S+")  # fmt: skip

# What gives a value of each kind.
EXPRESSIONS: dict[str, tuple[str, ...]] = {
    "i": (
        "$i+$i", "$i-$i", "$i*$i", "$i//$i", "$i%$i", "$i&$i", "$i|$i", "$i^$i",
        "~$i", "-$i", "$i<<$j", "$i<<($i&127)", "$i>>$j", "$i>>($i&127)", "$i**$j",
        "abs($i)", "pow($i,$j,$i)", "divmod($i,$i)[0]", "divmod($i,$i)[1]", "int($s)",
        "int($s,16)", "int($s,0)", "int(str($i))", "int(hex($i),16)", "int($f)", "round($f)",
        "len($s)", "len($U)", "ord($U[$k])", "$U.find($U)", "len($b)", "len($l)", "len($m)", "len($d)", "len($e)", "sum($l)",
        "min($l)", "max($l)", "min($i,$i)", "max($i,$i,$i)", "$l[$k]", "$b[$k]",
        "$s.find($s)", "$s.find($s,$k)", "$s.rfind($s,$k,$k)", "$s.index($s)",
        "$s.rindex($s)", "$s.count($s)", "$s.count($c,$k)", "ord($c)", "$b.find($b)",
        "$b.rfind($b,$k)", "$b.count($b)", "$l.index($i)", "$l.count($i)", "$d[$s]",
        "$d.get($s,$i)", "$i if $o else $i", "($i or $i)", "($i and $i)", "+$o",
        "int.from_bytes($b,'little')", "int.from_bytes($b,'big')", "(lambda x,y=$i:x+y)($i)",
        "struct.calcsize('$q')", "struct.unpack('<i',struct.pack('<i',$i&127))[0]",
        "struct.unpack('>Q',struct.pack('>Q',$i&(1<<64)-1))[0]", "math.floor($f)", "math.ceil($f)",
        "math.trunc($f)", "eval('%d'%$i)", "max($l,key=lambda x:-x)", "sum($l,$i)",
        "next(iter($l),$i)", "sum(x*x for x in $l)", "$u.count($i)",
        "max($l,default=$i)", "len(range($i,$i,$j))", "range($k,$k)[$k]", "$d.pop($s)",
        "math.factorial($j)", "int($o)", "bool($a)+1", "$l.pop($k)",
    ),
    "f": (
        "$f+$f", "$f-$f", "$f*$f", "$f/$f", "$i/$i", "$f//$f", "$f%$f", "-$f",
        "float($i)", "float($s)", "abs($f)", "$f**$j", "$i*$f", "round($f,$j)",
        "math.sqrt($f)", "math.fabs($f)", "math.copysign($f,$f)", "math.fmod($f,$f)",
        "math.ldexp($f,$j)", "math.frexp($f)[0]", "math.modf($f)[0]", "max($f,$f)",
        "struct.unpack('<d',struct.pack('<d',$f))[0]", "struct.unpack('<f',struct.pack('<f',$f))[0]",
        "math.atan2($f,$f)", "math.exp(-abs($f))", "float('%.6f'%$f)", "divmod($f,$f)[1]",
        "math.degrees($f)", "math.cos($f)", "float('{:.9e}'.format($f))", "sum([$f,$f,$i])",
        "float(repr($f))", "json.loads(json.dumps($f))",
    ),
    "s": (
        "$s+$s", "$s*$j", "$s[$k:$k]", "$c",
        "$s.upper()", "$s.lower()", "$s.strip()", "$s.strip($s)", "$s.lstrip($s)",
        "$s.rstrip()", "$s.replace($s,$s)", "$s.replace($s,$s,$j)", "$s.center($j*3)",
        "$s.join($m)", "str($i)", "repr($i)", "hex($i)", "oct($i)", "bin($i)", "chr($j+65)",
        "'{}'.format($i)", "'{:d}'.format($i)", "'{:>$w}'.format($s)", "'{:^$w}'.format($i)",
        "'{:*<$w}'.format($i)", "'{:0$wd}'.format($i)", "'{:+}'.format($i)", "'{:x}'.format($i)",
        "'{:#b}'.format($i)", "'{:#o}|{:X}'.format($i,$i)", "'{:,}'.format($i)",
        "'{0}{1}{0}'.format($s,$i)", "'{a}-{b}'.format(a=$i,b=$s)", "'{!r}'.format($i)",
        "'{:.$j}'.format($s)", "'{:$w.$j}|'.format($s)", "'{:.$jf}'.format($f)",
        "'{:$w.2f}'.format($f)", "'{:.3e}'.format($f)", "'{:g}'.format($f)", "'{:%}'.format($f)",
        "'{{}}{}'.format($s)",
        "'%d'%$i", "'%5d|%-5d|%05d'%($i,$i,$i)", "'%x %X %o'%($i,$i,$i)", "'%s'%($s,)",
        "'%r'%($i,)", "'%8.3f|'%$f", "'%e'%$f", "'%g'%$f", "'%c'%$c", "'%c'%($j+65)", "'%%%s'%$i",
        "'%+d% d'%($i,$i)", "'%(x)s-%(y)d'%{'x':$s,'y':$i}", "'%.$js'%($s,)", "'%*d'%($j,$i)",
        "f'{VI}'", "f'{VS!s:>$w}'", "f'{VI:08x}|'", "f'a{VI+$j}b{VS[$j:]}'", "$m[$k]", "$s.partition($s)[$j%3]",
        "$s.rpartition($s)[$j%3]", "min($m)", "max($m,key=len)", "$b.decode()", "$b.hex()",
        "str($b,'utf-8')", "$s if $o else $s", "($s or $s)", "''.join(reversed($s))",
        "''.join(sorted($s))", "''.join([x for x in $s if x!=$c])", "str($o)", "str($l)", "repr($m)",
        "repr($u)", "json.dumps($l)", "json.dumps($s)", "json.dumps($m)", "json.dumps([$i,$o,None,$s])",
        "json.dumps($i,separators=(',',':'))", "json.loads(json.dumps($s))",
        "re.sub('$p',$s,$s)", "re.sub('$p','<x>',$s,$j)", "re.compile('$p').sub(lambda m:m.group(0)*2,$s)",
        "re.search('$p',$s).group(0)", "re.match('$p',$s).group(0)", "type($a).__name__",
        "'{:>{}}'.format($s,$w)", "'{:b}'.format($j)", "$s.format($i,$s)", "$s%$i",
    ),
    "b": (
        "$b+$b", "$b*$j", "$b[$k:$k]", "$s.encode()", "$U.encode()", "bytes($l)", "bytes($j)",
        "$b.replace($b,$b)", "$b.strip()", "$b.upper()",
        "$b.lower()", "b','.join([$b,$b])", "$b.split($b)[0]", "$b.center($j*2)", "bytes.fromhex($b.hex())",
        "($i&0xffff).to_bytes(4,'big')", "($i&0xffff).to_bytes($j,'little')", "struct.pack('$q',$i&127)",
        "struct.pack('<hB',$i%99,$j)", "struct.pack('>3sI',$b,$j)", "struct.pack('<q',$i&(1<<63)-1)", "bytes(x&255 for x in $l)",
        "bytes(memoryview($b)[$k:$k])", "$b.partition($b)[$j%3]", "$b if $o else $b", "struct.pack('<d',$f)",
        "$b.rstrip($b)", "bytes(range($j))",
    ),
    "l": (
        "$l+$l", "$l*$j", "$l[$k:$k]", "$l[::-1]", "$l[::$j]", "$l[$k:$k:$k]", "list($b)", "[$i,$i,$i]", "[]",
        "sorted($l)", "sorted($l,reverse=True)", "sorted($e)", "[x+$i for x in $l]",
        "[x for x in $l if x>$i]", "[x*y for x in $l[:4] for y in $l[:4]]", "list(map(abs,$l))",
        "list(map(lambda x,y:x-y,$l,$l))", "list(filter(None,$l))", "list(filter(lambda x:x%2,$l))",
        "list(range($j))", "list(range($k,$k,$k))", "[len(x) for x in $m]", "[ord(x) for x in $s]",
        "sorted($d.values())", "list(reversed($l))", "$l.copy()", "list($u)",
        "take(x for x in $l if $i!=x)", "(lambda *x:list(x))(*$l)", "list(struct.unpack('<3b',($b+b'xyz')[:3]))",
        "[i for i,x in enumerate($l)]", "[x for y in ($l,$l) for x in y]", "json.loads(json.dumps($l))",
        "sorted(set($l))", "list(deque($l,5))", "list(dict.fromkeys(sorted($l)))and[$i]", "[int(x) for x in $m]",
        "sorted($l,key=lambda x:(x%7,x))", "list(memoryview($b))", "$l if $o else $l",
    ),
    "m": (
        "$m+$m", "$m[$k:$k]", "[$s,$s,$s]", "$s.split()", "$s.split($s)", "$s.split($c,$j)",
        "$s.rsplit($c,$j)", "$s.rsplit($s)", "$s.splitlines()", "$s.splitlines(True)", "list($s)", "$m", "sorted($m)", "sorted($d)", "[str(x) for x in $l]",
        "[x.upper() for x in $m]", "[x+y for x,y in zip($m,$m)]", "list($s.partition($s))", "sorted($s)",
        "sorted($m,key=lambda x:(len(x),x))", "re.compile('[,;b]').split($s)", "re.compile('$p').split($s,$j)", "$m[::-1]",
    ),
    "d": (
        "dict(a=$i,b=$i)", "{x:len(x) for x in $m}", "{$s:$i,$s:$i}", "dict(zip($m,$l))",
        "$d.copy()", "dict($d,z=$i)", "json.loads(json.dumps($d))", "{k:v for k,v in $d.items() if v!=$i}",
        "(lambda **k:k)(**$d)", "dict.fromkeys($m,$i)", "dict([($s,$i),($s,$i)])", "dict(OrderedDict($d))",
    ),
    "e": (
        "$e|$e", "$e&$e", "$e-$e", "$e^$e", "set($l)", "{$i,$i}", "{x%5 for x in $l}", "$e.union($l)",
        "$e.intersection($l)", "$e.difference($l)", "$e.symmetric_difference($l)", "set($b)", "$e.copy()",
    ),
    "u": (
        "($i,$s,$b)", "tuple($l)", "$u+$u", "$u[$k:$k]", "$u*$j", "divmod($i,$i)", "$s.partition($s)", "()",
        "($a,)", "tuple(sorted($l))", "(lambda *a,**k:(a,sorted(k)))($i,x=$i)", "tuple(zip($l,$s))", "tuple(enumerate($s,$j))",
        "struct.unpack('<hH',($b+b'abcd')[:4])", "math.frexp($f)", "re.search('$p',$s).groups()", "re.search('$p',$s).span()",
    ),
    "o": (
        "$i<$i", "$i==$i", "$i!=$f", "$f<=$f", "$f==$i", "$s<$s", "$s==$s", "$b==$b", "$b<$b", "$l==$l",
        "$l<$l", "$u==$u", "$u<$u", "$e==$e", "$e<=$e", "$d==$d", "$s in $s", "$i in $l", "$i in $e", "$s in $d",
        "$b in $b", "$i in $b", "$i in range($j,$j*9,$j+1)", "not $a", "$s.startswith($s)", "$s.endswith($s)",
        "$s.isdigit()", "$s.isalpha()", "$s.isspace()", "$s.isupper()", "$s.islower()", "$e.issubset($l)", "$e.isdisjoint($l)",
        "any($l)", "all($l)", "isinstance($a,int)", "isinstance($a,(str,list))", "$a is None", "$i<$i<=$i", "$a==$a", "$a!=$a",
        "bool($a)", "callable($a)", "$o and $o", "$o or $o", "$s.startswith($s,$k)", "$b.startswith($b)", "math.isnan($f)", "$f!=$f",
        "hasattr($a,'append')", "$i>$f", "hash($s)==hash($s)", "math.isinf($f)", "range($j)==range($j)", "frozenset($l)==frozenset($l)",
    ),
}  # fmt: skip

# Operations that mostly raise, mutate, or hold more than an expression.
STATEMENTS = (
    "t($#,lambda:$i+$s)", "t($#,lambda:$l[$s])", "t($#,lambda:$s($i))", "t($#,lambda:$d[$i])",
    "t($#,lambda:$a+$a)", "t($#,lambda:$a<$a)", "t($#,lambda:$a[$k])", "t($#,lambda:$a[$k:$k])", "t($#,lambda:len($a))", "t($#,lambda:list($a))",
    "t($#,lambda:$a*$a)", "t($#,lambda:$a%$a)", "t($#,lambda:$a in $a)", "t($#,lambda:-$a)", "t($#,lambda:int($a))", "t($#,lambda:sorted($a))",
    "t($#,lambda:tuple($a))", "t($#,lambda:sum($a))", "t($#,lambda:bytes($l))", "t($#,lambda:$a.nothing)", "t($#,lambda:$a())", "t($#,lambda:dict($a))",
    "t($#,lambda:VL.append($i))\nt($#,lambda:VL)", "t($#,lambda:VL.extend($l))\nt($#,lambda:VL[-3:])", "t($#,lambda:VL.insert($k,$i))\nt($#,lambda:VL)",
    "t($#,lambda:VL.remove($i))\nt($#,lambda:VL)", "t($#,lambda:VL.pop($k))\nt($#,lambda:VL)", "t($#,lambda:VL.reverse())\nt($#,lambda:VL)",
    "t($#,lambda:VL.sort(key=lambda x:-x))\nt($#,lambda:VL)", "t($#,lambda:VM.sort(key=lambda x:(len(x),x),reverse=$o))\nt($#,lambda:VM)",
    "VL[$k:$k]=$l\nt($#,lambda:VL)", "del VL[$k:$k]\nt($#,lambda:VL)",
    "VL[$k]=$i\nt($#,lambda:VL)", "del VL[$k]\nt($#,lambda:VL)",
    "t($#,lambda:VD.update($d))\nt($#,lambda:VD)", "t($#,lambda:VD.setdefault($s,$i))\nt($#,lambda:VD)", "t($#,lambda:VD.pop($s,$i))\nt($#,lambda:VD)",
    "VD[$s]=$i; del VD[$s]\nt($#,lambda:VD)", "t($#,lambda:sorted(VD.items()))",
    "t($#,lambda:VE.add($i))\nt($#,lambda:VE)", "t($#,lambda:VE.discard($i))\nt($#,lambda:VE)", "t($#,lambda:VE.remove($i))\nt($#,lambda:VE)",
    "t($#,lambda:VE.update($l))\nt($#,lambda:VE)", "t($#,lambda:VE.intersection_update($l))\nt($#,lambda:VE)", "t($#,lambda:VE.difference_update($e))\nt($#,lambda:VE)",
    "t($#,lambda:VA.append($j))\nt($#,lambda:VA.extend($b))\nt($#,lambda:VA)", "VA[$k:$k]=$b\nt($#,lambda:VA)", "VA+=$b\nt($#,lambda:(VA,len(VA),VA==$b,VA[$k:$k],bytes(VA)))",
    "VA[$k]=$i\nt($#,lambda:VA)", "t($#,lambda:struct.pack_into('<h',VA,$k,$j))\nt($#,lambda:VA)",
    "x,*y=$l\nt($#,lambda:(x,y))", "x,y=$u\nt($#,lambda:(x,y))",
    "(x,y),z=($l[:2],$i)\nt($#,lambda:(x,y,z))",
    "x=$i\nfor y in $l:\n    if y==$i: continue\n    x+=y\n    if x>$i: break\nelse: x=-x\nt($#,lambda:x)",
    "def g(n):\n    x=$i\n    while n:\n        n-=1\n        y=yield x\n        x=x+n if y is None else y\n    return x\nt($#,lambda:take(g($j)))\nG=g($j)\nt($#,lambda:next(G))\nt($#,lambda:G.send($i))\nt($#,lambda:next(G))",
    "def g():\n    try:\n        yield $i\n        yield $s\n    except $X as e:\n        yield $s\n    finally:\n        print($#,'finally')\n    yield $i\nG=g()\nt($#,lambda:next(G))\nt($#,lambda:G.throw($X))\nt($#,lambda:next(G))\nt($#,lambda:G.close())",
    "def g(): return (yield from $l)\ndef h(): x=yield from g(); yield x; yield from $s\nt($#,lambda:take(h(),9))",
    "def f(a,b=$i,*c,d=$i,**k): return a,b,c,d,sorted(k)\nt($#,lambda:f($i))\nt($#,lambda:f($i,$i,$s))\nt($#,lambda:f(*$l[:4],d=$j))\nt($#,lambda:f(**$d))\nt($#,lambda:f(a=$i,q=$i))\nt($#,lambda:f())",

    "def f(x):\n    n=$j\n    def inc(y):\n        nonlocal n\n        n+=y\n        return n+x\n    return inc\nF=f($i)\nt($#,lambda:F($i))\nt($#,lambda:F($i))",
    "F=[(lambda x=x:x*$i) for x in $l[:3]]\nt($#,lambda:[f() for f in F])",
    "def f(n): return $i if n<=0 else f(n-1)+n\nt($#,lambda:f($j))",
    "def f(x):\n    try:\n        try:\n            if x==0: raise $X($s)\n            return $i//x\n        except $X: return $s\n        else: return $i\n        finally: print($#,'inner')\n    except Exception as e: return kind(e)\n    finally: print($#,'outer')\nt($#,lambda:f(0))\nt($#,lambda:f($i))",
    "def f():\n    for x in $l:\n        try:\n            if x%2: continue\n            if x>$i: break\n            yield x\n        finally: print($#,'f')\nt($#,lambda:take(f()))",
    "try:\n    try: raise $X($i)\n    except $X as e: raise $X\nexcept Exception as e: print($#,kind(e),kind(e.__class__()))",
    "try: raise $X($i,$s)\nexcept Exception as e: t($#,lambda:e.args)",
    "try: raise $X($s)\nexcept $X as e: t($#,lambda:str(e))\nexcept Exception as e: print($#,'other',kind(e))",
    "class E(Exception):\n    def __init__(self,x): super().__init__(x); self.x=x\ntry: raise E($a)\nexcept E as e: t($#,lambda:(e.x,e.args))",
    "class C:\n    z=$i\n    def __init__(self,x): self.x=x\n    def __add__(self,o): return C(self.x+getattr(o,'x',o))\n    def __radd__(self,o): return C(o+self.x)\n    def __eq__(self,o): return isinstance(o,C) and self.x==o.x\n    def __lt__(self,o): return self.x<o.x\n    def __repr__(self): return 'C(%r)'%(self.x,)\n    def __len__(self): return $j\n    def __getitem__(self,i): return self.x,i\n    def __contains__(self,y): return y==self.x\n    def __call__(self,*a): return a,self.x\n    def __neg__(self): return C(-self.x)\n    def __bool__(self): return $o\n    def __hash__(self): return hash(self.x)\n$K",
    "class A:\n    x=$i\n    def m(self,y): return self.x,y\n    @property\n    def p(self): return self.x\n    @p.setter\n    def p(self,v): self.x=v\n    @staticmethod\n    def s(a): return a\n    @classmethod\n    def c(cls,a): return cls.__name__,a,cls.x\nclass B(A):\n    x=$s\n    def m(self,y): return super().m(y)+($i,)\n    def __getattr__(self,n): return n\nb=B()\nt($#,lambda:b.m($i))\nt($#,lambda:b.p)\nb.p=$a\nt($#,lambda:b.p)\nt($#,lambda:B.s($i))\nt($#,lambda:b.c($i))\nt($#,lambda:b.nothing)\nt($#,lambda:A().m($s))\nt($#,lambda:A().nothing)\nt($#,lambda:(isinstance(b,A),issubclass(B,A),issubclass(A,B)))",
    "class L(list):\n    def total(self): return sum(self)\nx=L($l)\nt($#,lambda:x.total())\nt($#,lambda:x[$k:$k])\nt($#,lambda:x.append($i))\nt($#,lambda:(len(x),$i in x,x==$l))",
    "class I:\n    def __init__(self,n): self.n=n\n    def __iter__(self): return self\n    def __next__(self):\n        self.n-=1\n        if self.n<0: raise StopIteration\n        return self.n*$i\nt($#,lambda:list(I($j)))\nt($#,lambda:sum(I($j)))\nt($#,lambda:dict(zip(I($j),$s)))\nt($#,lambda:$i in I($j))\nt($#,lambda:max(I($j)))\nt($#,lambda:sorted(I($j)))",
    "class W:\n    def __enter__(self): print($#,'in'); return $a\n    def __exit__(self,a,b,c): print($#,'out',a is None); return $o\ndef f(x):\n    with W() as w:\n        if x: raise $X($i)\n        return w\nt($#,lambda:f($o))\nt($#,lambda:f($o))",
    "N=namedtuple('N','a b')\nt($#,lambda:N($i,$s))\nt($#,lambda:N(b=$i,a=$s).b)\nt($#,lambda:N($i,$i)==($i,$i))\nt($#,lambda:N($i))",
    "D=deque($l,$j+1)\nt($#,lambda:D.append($i))\nt($#,lambda:D.appendleft($i))\nt($#,lambda:list(D))\nt($#,lambda:D.pop())\nt($#,lambda:D.popleft())\nt($#,lambda:D[$k])\nt($#,lambda:len(D))",
    "O=OrderedDict([($s,$i),($s,$i)])\nO[$s]=$i\nt($#,lambda:list(O.items()))\nt($#,lambda:O.popitem())\nt($#,lambda:list(O))",
    "M=re.search('$p',$s)\nt($#,lambda:M and (M.group(0),M.groups(),M.span(),M.start(),M.end()))", "M=re.match('$p',$s)\nt($#,lambda:M and (M.group(0),M.groups(),M.span()))",
    "t($#,lambda:json.loads('$y'))", "t($#,lambda:json.loads(' [$y, {\"k\" : $y}] '))", "x=$a\nt($#,lambda:json.loads(json.dumps({'k':x})))",
    "x=$i\nx+=$i; x*=$j; x-=$i; x|=$j; x^=$i; x>>=$j; x<<=$j; x&=$i\nt($#,lambda:x)", "x=$s\nx+=$s; x*=$j\nt($#,lambda:x)", "x=list($l)\nx+=$l; x*=2\nt($#,lambda:x)",
    "t($#,lambda:[(y:=$i),y])", "t($#,lambda:$U+$U)", "t($#,lambda:$U[$k:$k])", "t($#,lambda:list($U))", "t($#,lambda:$U*$j)", "t($#,lambda:($U<$U,$U==$U,$U in $U))", "t($#,lambda:$U.split($U))", "t($#,lambda:[ord(x) for x in $U])", "t($#,lambda:$U.encode().decode())", "t($#,lambda:exec('global Z\\nZ=%d'%$j))\nt($#,lambda:Z)", "X=memoryview(bytearray($b))\nX[$k]=$j; X[1:3]=b'zz'\nt($#,lambda:bytes(X))",
    "def f(x,y=[]): y.append(x); return list(y)\nt($#,lambda:f($i))\nt($#,lambda:f($i))", "assert_=$o\ntry: assert assert_,$s\nexcept AssertionError as e: t($#,lambda:e.args)",
    "def deco(f): return lambda *a:(f(*a),$i)\n@deco\n@deco\ndef f(x): return x\nt($#,lambda:f($a))", "X=iter($l)\nt($#,lambda:[next(X,$s) for _ in range(3)])\nt($#,lambda:list(X))",
    "t($#,lambda:getattr($a,'x',$i))", "class S:\n    def __setattr__(self,n,v): object.__setattr__(self,n,(v,))\ns=S()\ns.q=$i\nt($#,lambda:s.q)\ntry: del s.q; s.q\nexcept AttributeError: print($#,'gone')",
)  # fmt: skip

ON_INSTANCES = (
    "(C($i)+$i).x", "($i+C($i)).x", "(C($i)+C($i)).x", "C($i)==C($i)", "C($i)!=C($i)", "C($i)<C($i)", "C($i)>C($i)", "repr(C($a))",
    "len(C(0))", "C($a)[$k]", "C($i)[$k:$k]", "$i in C($i)", "C($i)($i,$i)", "(-C($i)).x", "bool(C(0))", "[C($i)]==[C($i)]", "C(1)+$s", "C($i).z",
    "C.z", "sorted([C($i),C($i),C($i)])[0].x", "max(C($i),C($i)).x", "'%r %s'%(C($i),C($i))", "'{}'.format(C($i))", "len({C(1):1,C(1):2})", "C($i)-1",
)  # fmt: skip
ERRORS = ("ValueError", "TypeError", "KeyError", "IndexError", "ZeroDivisionError", "Exception", "RuntimeError", "StopIteration")  # fmt: skip
JSON = ("1", "-2.5", "1e3", "true", "null", '"a\\\\u0041b"', "[1,[2,{}]]", '{"a":{"b":[]}}', '"\\\\n"', '""', "0")  # fmt: skip
FORMATS = ("<i", ">h", "<B", "<Q", ">q", "<I", ">H", "<b", "i", "h")
VARIABLES = {"i": "VI", "s": "VS", "b": "VB", "l": "VL", "m": "VM", "d": "VD", "e": "VE", "f": "VF", "u": "VU", "o": "VO"}  # fmt: skip
PLACE = re.compile(r"\$([a-zA-Z#])")


class Writer:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.number = 0

    def literal(self, kind: str) -> str:
        r = self.random
        if kind == "i":
            n = r.choice(
                (
                    r.randrange(-9, 10),
                    r.randrange(300),
                    r.getrandbits(r.choice((8, 31, 63, 64, 130))),
                )
            )
            return str(n if r.random() < 0.7 else -n)
        if kind == "f":
            return r.choice(FLOATS)
        if kind == "s":
            return f"'{r.choice(WORDS)}'"
        if kind == "b":
            return repr(bytes(r.choice(b"abc ,\x00\xff1Z") for _ in range(r.randrange(7))))
        if kind == "l":
            return str([r.randrange(-5, 99) for _ in range(r.randrange(6))])
        if kind == "m":
            return "[" + ",".join(self.literal("s") for _ in range(r.randrange(4))) + "]"
        if kind == "d":
            return "{" + ",".join(f"'{x}':{r.randrange(9)}" for x in r.sample("abcdef", 3)) + "}"
        if kind == "e":
            return "{" + ",".join(str(r.randrange(-3, 9)) for _ in range(3)) + "}"
        if kind == "u":
            return f"({self.literal('i')},{self.literal('s')})"
        return r.choice(("True", "False"))

    def place(self, kind: str, depth: int) -> str:
        r = self.random
        if kind in EXPRESSIONS:
            if depth > 0 and r.random() < 0.75:
                return "(" + self.fill(r.choice(EXPRESSIONS[kind]), depth - 1) + ")"
            if r.random() < 0.4:
                return VARIABLES[kind]
            text = self.literal(kind)
            return f"({text})" if kind in "if" else text
        if kind == "a":
            return r.choice((self.place(r.choice("ifsblmdeuo"), depth), "None", "(3)"))
        if kind == "j":
            return str(r.randrange(10))
        if kind == "w":
            return str(r.randrange(1, 20))
        if kind == "k":
            return f"({r.randrange(-6, 7)})" if r.random() < 0.9 else self.place("i", 0)
        if kind == "c":
            return repr(r.choice("abX, 1l/"))
        if kind == "U":
            return f"'{r.choice(UNICODE)}'"
        if kind == "#":
            self.number += 1
            return str(self.number)
        words = {"p": PATTERNS, "q": FORMATS, "X": ERRORS, "y": JSON}[kind]
        return r.choice(words)

    def fill(self, template: str, depth: int) -> str:
        if template.endswith("$K"):
            chosen = self.random.sample(ON_INSTANCES, 6)
            template = template[:-2] + "\n".join(f"t($#,lambda:{x})" for x in chosen)
        return PLACE.sub(lambda match: self.place(match[1], depth), template)

    def statement(self) -> str:
        if self.random.random() < 0.5:
            kind = self.random.choice("iiissssbblmdefuo")
            return self.fill(f"t($#,lambda:{self.random.choice(EXPRESSIONS[kind])})", 2)
        return self.fill(self.random.choice(STATEMENTS), self.random.choice((0, 1, 2)))


def program(seed: int, statements: int = 10) -> list[tuple[int, str]]:
    """Statements, each with the first number that it prints."""
    writer = Writer(seed)
    head = ";".join(f"{name}={writer.literal(kind)}" for kind, name in VARIABLES.items())
    made = [(0, head + ";VA=bytearray(VB)")]
    for _ in range(statements):
        first = writer.number + 1
        text = writer.statement()
        if "\n" in text or not text.startswith("t("):
            indented = text.replace("\n", "\n    ")
            text = f"try:\n    {indented}\nexcept Exception as e: print({first}, 'ended', kind(e))"
        made.append((first, text))
    return made
