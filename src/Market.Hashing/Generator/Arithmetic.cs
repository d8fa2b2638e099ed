namespace Market.Hashing.Generator;

/// <summary>SHA-256's operations on words known now, known at Prepare, or different in each lane.</summary>
internal sealed class Arithmetic(Dialect dialect, UniformTable uniforms)
{
    private static readonly Dialect Scalar = new ScalarDialect();

    public Dialect Dialect { get; } = dialect;

    /// <summary>The kernel's operand for a word.</summary>
    public string Operand(Word word) => word switch
    {
        Known known => Dialect.Constant(known.Value),
        Uniform uniform => uniforms.Operand(uniform),
        Lane lane => lane.Text,
        _ => throw new InvalidOperationException(),
    };

    public Word BigSigma0(Word x) => Apply(x, UniformTable.BigSigma0, d => d.BigSigma0);

    public Word BigSigma1(Word x) => Apply(x, UniformTable.BigSigma1, d => d.BigSigma1);

    public Word SmallSigma0(Word x) => Apply(x, UniformTable.SmallSigma0, d => d.SmallSigma0);

    public Word SmallSigma1(Word x) => Apply(x, UniformTable.SmallSigma1, d => d.SmallSigma1);

    public Word Xor(Word x, Word y) => Apply(x, y, (a, b) => a ^ b, "^");

    public Word And(Word x, Word y) => Apply(x, y, (a, b) => a & b, "&");

    public Word Choose(Word e, Word f, Word g)
    {
        bool isLane = e is Lane || f is Lane || g is Lane;
        return isLane && Dialect.HasTernaryLogic
            ? new Lane(Dialect.Choose(Operand(e), Operand(f), Operand(g)))
            : Xor(And(Xor(f, g), e), g);
    }

    public Sum Add(params ReadOnlySpan<object> parts)
    {
        uint known = 0;
        List<Uniform> terms = [];
        List<string> lanes = [];
        foreach (object part in parts)
        {
            switch (part)
            {
                case Sum sum:
                    known += sum.Known;
                    terms.AddRange(sum.Uniforms);
                    lanes.AddRange(sum.Lanes);
                    break;
                case Known word:
                    known += word.Value;
                    break;
                case Uniform word:
                    terms.Add(word);
                    break;
                case Lane word:
                    lanes.Add(word.Text);
                    break;
                default:
                    throw new InvalidOperationException();
            }
        }

        return new Sum(known, terms, lanes);
    }

    /// <summary>The part of a sum that needs no lane: one word.</summary>
    public Word Constant(Sum sum)
    {
        if (sum.Uniforms.Count == 0) return sum.Known;
        string terms = string.Join(" + ", sum.Uniforms.Select(term => term.Name));
        if (sum.Known != 0) terms += $" + {Scalar.Constant(sum.Known)}";
        return sum.Uniforms.Count == 1 && sum.Known == 0 ? sum.Uniforms[0] : uniforms.Define(terms);
    }

    /// <summary>The sum as a word: known, uniform, or the text of an addition.</summary>
    public Word Evaluate(Sum sum)
    {
        Word constant = Constant(sum);
        if (sum.Lanes.Count == 0) return constant;
        IEnumerable<string> terms = constant is Known { Value: 0 }
            ? sum.Lanes
            : [sum.Lanes[0], Operand(constant), .. sum.Lanes.Skip(1)];
        return new Lane(string.Join(" + ", terms));
    }

    private Word Apply(Word x, Func<uint, uint> now, Func<Dialect, Func<string, string>> write) => x switch
    {
        Known known => now(known.Value),
        Uniform uniform => uniforms.Define(write(Scalar)(uniform.Name)),
        Lane lane => new Lane(write(Dialect)(lane.Text)),
        _ => throw new InvalidOperationException(),
    };

    private Word Apply(Word x, Word y, Func<uint, uint, uint> now, string op)
    {
        if (x is Known a && y is Known b) return now(a.Value, b.Value);
        return x is Lane || y is Lane
            ? new Lane($"({Operand(x)} {op} {Operand(y)})")
            : uniforms.Define($"{ScalarOperand(x)} {op} {ScalarOperand(y)}");
    }

    private static string ScalarOperand(Word word) =>
        word is Uniform uniform ? uniform.Name : Scalar.Constant(((Known)word).Value);
}
