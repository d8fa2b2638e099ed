using System.Collections.Immutable;
using System.Globalization;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet;

/// <summary>Reads miniscripts from text, by recursion on their brackets.</summary>
/// <param name="text">The text.</param>
/// <param name="tapscript">Under whose rules.</param>
/// <param name="keys">Reads keys.</param>
internal sealed class MiniscriptParser(string text, bool tapscript, MiniscriptKeyReader keys)
{
    private int _at;

    /// <summary>The whole text; null where it is none.</summary>
    public Miniscript? ParseWhole()
    {
        var result = Parse(0);
        return _at == text.Length ? result : null;
    }

    /// <summary>A key in hexadecimal; null where it is none.</summary>
    public static MiniscriptKey? ReadHexKey(string text, bool tapscript)
    {
        if (tapscript)
        {
            return XOnlyPublicKey.TryParse(text, out var xOnly) ? MiniscriptKey.Of(xOnly.Span.ToArray(), text) : null;
        }

        return PublicKey.TryParse(text, out var key) && key.IsCompressed
            ? MiniscriptKey.Of(key.Span.ToArray(), text)
            : null;
    }

    private Miniscript? Parse(int depth)
    {
        if (depth > Miniscript.MaxDepth)
        {
            return null;
        }

        var word = Word();
        if (Take(':'))
        {
            // All wrappers of an expression stand before one colon.
            var inner = word.Length is > 0 and <= Miniscript.MaxDepth ? ParseBare(Word(), depth + 1) : null;
            for (var i = word.Length - 1; i >= 0 && inner is not null; i--)
            {
                inner = Wrap(word[i], inner);
            }

            return inner is { Depth: > Miniscript.MaxDepth } ? null : inner;
        }

        return ParseBare(word, depth);
    }

    // An expression without wrappers, of which the first word is read.
    private Miniscript? ParseBare(string word, int depth)
    {
        if (word is "0" or "1")
        {
            return new Miniscript(word == "0" ? MiniscriptFragment.False : MiniscriptFragment.True, tapscript);
        }

        var result = Take('(') ? Call(word, depth + 1) : null;
        return result is not null && Take(')') ? result : null;
    }

    private Miniscript? Call(string name, int depth)
    {
        switch (name)
        {
            case "pk":
                return Wrap('c', KeyOf(MiniscriptFragment.PkK));
            case "pkh":
                return Wrap('c', KeyOf(MiniscriptFragment.PkH));
            case "and_n":
                return Subs(depth, 2) is [var x, var y]
                    ? new Miniscript(
                        MiniscriptFragment.AndOr, tapscript, 0, default, default, x, y,
                        new Miniscript(MiniscriptFragment.False, tapscript))
                    : null;
            default:
                return MiniscriptText.Names.TryGetValue(name, out var fragment) ? Call(fragment, depth) : null;
        }
    }

    private Miniscript? Call(MiniscriptFragment fragment, int depth)
    {
        switch (fragment)
        {
            case MiniscriptFragment.PkK or MiniscriptFragment.PkH:
                return KeyOf(fragment);
            case MiniscriptFragment.Older or MiniscriptFragment.After:
                return ReadNumber() is { } number and > 0 and < 0x80000000
                    ? new Miniscript(fragment, tapscript, number)
                    : null;
            case >= MiniscriptFragment.Sha256 and <= MiniscriptFragment.Hash160:
                var length = fragment is MiniscriptFragment.Sha256 or MiniscriptFragment.Hash256 ? 32 : 20;
                return Hex.TryDecode(Word(), out var hash) && hash.Length == length
                    ? new Miniscript(fragment, tapscript, 0, default, hash)
                    : null;
            case MiniscriptFragment.Multi or MiniscriptFragment.MultiA:
                return Multi(fragment);
            case MiniscriptFragment.Thresh:
                return ReadNumber() is { } k and > 0 && Take(',') && Subs(depth, 0) is { } subs
                    && k <= subs.Length
                    ? new Miniscript(fragment, tapscript, k, default, default, subs)
                    : null;
            default:
                return Subs(depth, fragment == MiniscriptFragment.AndOr ? 3 : 2) is { } parts
                    ? new Miniscript(fragment, tapscript, 0, default, default, parts)
                    : null;
        }
    }

    private Miniscript? Multi(MiniscriptFragment fragment)
    {
        var most = fragment == MiniscriptFragment.Multi ? Miniscript.MaxMultiKeys : Miniscript.MaxMultiAKeys;
        if (tapscript != (fragment == MiniscriptFragment.MultiA) || ReadNumber() is not { } k || k == 0)
        {
            return null;
        }

        var list = ImmutableArray.CreateBuilder<MiniscriptKey>();
        while (Take(','))
        {
            if (list.Count == most || keys(Word()) is not { } key)
            {
                return null;
            }

            list.Add(key);
        }

        return k <= list.Count ? new Miniscript(fragment, tapscript, k, list.ToImmutable()) : null;
    }

    private Miniscript? KeyOf(MiniscriptFragment fragment) =>
        keys(Word()) is { } key ? new Miniscript(fragment, tapscript, 0, [key]) : null;

    // Nought takes as many as there are.
    private Miniscript[]? Subs(int depth, int count)
    {
        var list = new List<Miniscript>();
        do
        {
            if (Parse(depth) is not { } sub)
            {
                return null;
            }

            list.Add(sub);
        }
        while (Take(','));
        return count == 0 || list.Count == count ? [.. list] : null;
    }

    private Miniscript? Wrap(char letter, Miniscript? sub)
    {
        if (sub is null)
        {
            return null;
        }

        var at = MiniscriptText.Letters.IndexOf(letter, StringComparison.Ordinal);
        if (at >= 0)
        {
            return new Miniscript(MiniscriptFragment.WrapA + at, tapscript, 0, default, default, sub);
        }

        return letter switch
        {
            't' => Pair(MiniscriptFragment.AndV, sub, new Miniscript(MiniscriptFragment.True, tapscript)),
            'l' => Pair(MiniscriptFragment.OrI, new Miniscript(MiniscriptFragment.False, tapscript), sub),
            'u' => Pair(MiniscriptFragment.OrI, sub, new Miniscript(MiniscriptFragment.False, tapscript)),
            _ => null,
        };
    }

    private Miniscript Pair(MiniscriptFragment fragment, Miniscript x, Miniscript y) =>
        new(fragment, tapscript, 0, default, default, x, y);

    private uint? ReadNumber()
    {
        var word = Word();
        return word is [>= '1' and <= '9', ..]
            && uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }

    private string Word()
    {
        var end = text.AsSpan(_at).IndexOfAny("(),:") is >= 0 and var length ? _at + length : text.Length;
        var word = text[_at..end];
        _at = end;
        return word;
    }

    private bool Take(char expected)
    {
        if (_at >= text.Length || text[_at] != expected)
        {
            return false;
        }

        _at++;
        return true;
    }
}
