namespace Market.Hashing.Generator;

/// <summary>Writes the message schedule, each word when its round comes.</summary>
/// <remarks>Words in memory are w[0] to w[15], and p and q hold two of them; words in locals are w0 to w15.</remarks>
internal sealed class ScheduleWriter(Arithmetic math, List<string> lines, IReadOnlyList<Word> block)
{
    private readonly Word[] _words = [.. block];
    private List<string> _lines = lines;

    /// <summary>From now on statements go to <paramref name="target"/>.</summary>
    public void WriteTo(List<string> target) => _lines = target;

    /// <summary>Writes every word to its place in memory, as a loop needs them.</summary>
    public void Materialize()
    {
        for (int i = 0; i < 16; i++)
        {
            Lane place = new($"w[{i}]");
            if (_words[i] != place) _lines.Add($"{place.Text} = {math.Operand(_words[i])};");
            _words[i] = place;
        }
    }

    /// <summary>The word of round <paramref name="t"/>; call in order from 0.</summary>
    public Word Next(int t)
    {
        if (t < 16) return _words[t];
        Word before2 = InRegister(_words[(t - 2) % 16], "q");
        Word before15 = InRegister(_words[(t - 15) % 16], "p");
        Sum sum = math.Add(
            _words[t % 16], math.SmallSigma0(before15), _words[(t - 7) % 16], math.SmallSigma1(before2));
        Word word = math.Evaluate(sum);
        if (word is not Lane lane)
        {
            _words[t % 16] = word;
            return word;
        }

        if (!math.Dialect.ScheduleInMemory)
        {
            _lines.Add($"w{t % 16} = {lane.Text};");
            return _words[t % 16] = new Lane($"w{t % 16}");
        }

        _lines.Add($"r = {lane.Text};");
        _lines.Add($"w[{t % 16}] = r;");
        _words[t % 16] = new Lane($"w[{t % 16}]");
        return new Lane("r");
    }

    // A word in memory that is shifted several times is loaded once.
    private Word InRegister(Word word, string local)
    {
        if (!math.Dialect.ScheduleInMemory || word is not Lane lane) return word;
        _lines.Add($"{local} = {lane.Text};");
        return new Lane(local);
    }
}
