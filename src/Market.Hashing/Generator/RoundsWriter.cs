namespace Market.Hashing.Generator;

/// <summary>Writes rounds of one compression as straight-line statements.</summary>
/// <remarks>Locals: s0 to s7 hold a to h in turns, x0 and x1 a ^ b of this round and the last, t a round's sum.</remarks>
internal sealed class RoundsWriter
{
    private readonly Arithmetic _math;
    private List<string> _lines;
    private readonly Word[] _state;
    private readonly int[] _slots = [0, 1, 2, 3, 4, 5, 6, 7];
    private Word _lastXor;

    /// <param name="math">The operations.</param>
    /// <param name="lines">Where statements go.</param>
    /// <param name="state">a to h before the first round; lane words must be the locals s0 to s7.</param>
    public RoundsWriter(Arithmetic math, List<string> lines, IReadOnlyList<Word> state)
    {
        _math = math;
        _lines = lines;
        _state = [.. state];
        _lastXor = Word.Zero;
        _lastXor = Named(_math.Xor(_state[1], _state[2]));
    }

    /// <summary>a to h now.</summary>
    public IReadOnlyList<Word> State => _state;

    /// <summary>From now on statements go to <paramref name="lines"/>.</summary>
    public void WriteTo(List<string> lines) => _lines = lines;

    /// <summary>Writes one round.</summary>
    /// <param name="keyed">The schedule's word plus the round's constant.</param>
    /// <param name="needsA">Whether anything later reads this round's a.</param>
    public void Round(Sum keyed, bool needsA = true)
    {
        (Word a, Word b, Word c, Word d) = (_state[0], _state[1], _state[2], _state[3]);
        (Word e, Word f, Word g, Word h) = (_state[4], _state[5], _state[6], _state[7]);
        Sum t1 = _math.Add(h, keyed, _math.Choose(e, f, g), _math.BigSigma1(e));
        if (t1.Lanes.Count > 1 && needsA)
        {
            bool split = d is not Lane;
            Word constant = _math.Constant(t1);
            Sum lanes = t1 with { Known = 0, Uniforms = [] };
            _lines.Add($"t = {_math.Operand(_math.Evaluate(split ? lanes : t1))};");
            t1 = split ? _math.Add(constant, new Lane("t")) : _math.Add(new Lane("t"));
        }

        Word newE = Assign(_slots[3], _math.Add(d, t1));
        Word newA = Word.Zero;
        if (needsA)
        {
            Word majority = Majority(a, b, c);
            newA = Assign(_slots[7], _math.Add(t1, majority, _math.BigSigma0(a)));
        }

        (_state[7], _state[6], _state[5], _state[4]) = (g, f, e, newE);
        (_state[3], _state[2], _state[1], _state[0]) = (c, b, a, newA);
        int free = _slots[7];
        Array.Copy(_slots, 0, _slots, 1, 7);
        _slots[0] = free;
    }

    // maj(a, b, c) = b ^ ((a ^ b) & (b ^ c)), and b ^ c was a ^ b one round ago.
    private Word Majority(Word a, Word b, Word c)
    {
        if (_math.Dialect.HasTernaryLogic && (a is Lane || b is Lane || c is Lane))
        {
            return new Lane(_math.Dialect.Majority(_math.Operand(a), _math.Operand(b), _math.Operand(c)));
        }

        Word xor = Named(_math.Xor(a, b));
        Word majority = _math.Xor(_math.And(xor, _lastXor), b);
        _lastXor = xor;
        return majority;
    }

    private Word Named(Word word)
    {
        if (word is not Lane lane || _math.Dialect.HasTernaryLogic) return word;
        string local = _lastXor is Lane { Text: "x0" } ? "x1" : "x0";
        _lines.Add($"{local} = {lane.Text};");
        return new Lane(local);
    }

    private Word Assign(int slot, Sum sum)
    {
        Word word = _math.Evaluate(sum);
        if (word is not Lane lane) return word;
        _lines.Add($"s{slot} = {lane.Text};");
        return new Lane($"s{slot}");
    }
}
