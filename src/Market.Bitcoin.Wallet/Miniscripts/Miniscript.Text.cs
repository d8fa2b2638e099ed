using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet;

/// <summary>Reads one key of a text; null where it is none.</summary>
/// <param name="text">What stands in the key's place.</param>
public delegate MiniscriptKey? MiniscriptKeyReader(string text);

/// <content>Reading and writing text.</content>
public sealed partial class Miniscript
{
    private const int MaxTextLength = 20_000;
    private const int MaxMultiKeys = 20;
    private const int MaxMultiAKeys = 999;

    /// <summary>Reads an expression and types it.</summary>
    /// <param name="text">Such as "andor(pk(A),sha256(H),and_v(v:pk(B),after(T)))"; keys in hexadecimal.</param>
    /// <param name="tapscript">True under tapscript's rules (x-only keys), false under P2WSH's.</param>
    /// <param name="miniscript">The expression, valid as a whole script; ask <see cref="IsSane"/> before using
    /// it.</param>
    /// <param name="keys">Reads keys of other forms; null for hexadecimal ones.</param>
    public static bool TryParse(
        string? text, bool tapscript, [NotNullWhen(true)] out Miniscript? miniscript, MiniscriptKeyReader? keys = null)
    {
        miniscript = null;
        if (text is null || text.Length > MaxTextLength)
        {
            return false;
        }

        var parser = new Parser(text, tapscript, keys ?? (key => ReadHexKey(key, tapscript)));
        var parsed = parser.ParseWhole();
        miniscript = parsed is { IsValidTopLevel: true } ? parsed : null;
        return miniscript is not null;
    }

    /// <summary>The text, in the short forms that BIP379 has.</summary>
    public override string ToString() => Fragment switch
    {
        MiniscriptFragment.False => "0",
        MiniscriptFragment.True => "1",
        MiniscriptFragment.WrapC when Subs[0].Fragment == MiniscriptFragment.PkK => $"pk({Subs[0].Keys[0].Text})",
        MiniscriptFragment.WrapC when Subs[0].Fragment == MiniscriptFragment.PkH => $"pkh({Subs[0].Keys[0].Text})",
        >= MiniscriptFragment.WrapA => Wrapped(Letter, Subs[0]),
        MiniscriptFragment.AndV when Subs[1].Fragment == MiniscriptFragment.True => Wrapped('t', Subs[0]),
        MiniscriptFragment.OrI when Subs[0].Fragment == MiniscriptFragment.False => Wrapped('l', Subs[1]),
        MiniscriptFragment.OrI when Subs[1].Fragment == MiniscriptFragment.False => Wrapped('u', Subs[0]),
        MiniscriptFragment.AndOr when Subs[2].Fragment == MiniscriptFragment.False => $"and_n({Subs[0]},{Subs[1]})",
        _ => $"{Names.First(name => name.Value == Fragment).Key}({string.Join(',', Arguments())})",
    };

    private static readonly Dictionary<string, MiniscriptFragment> Names = new(StringComparer.Ordinal)
    {
        ["pk_k"] = MiniscriptFragment.PkK,
        ["pk_h"] = MiniscriptFragment.PkH,
        ["older"] = MiniscriptFragment.Older,
        ["after"] = MiniscriptFragment.After,
        ["sha256"] = MiniscriptFragment.Sha256,
        ["hash256"] = MiniscriptFragment.Hash256,
        ["ripemd160"] = MiniscriptFragment.Ripemd160,
        ["hash160"] = MiniscriptFragment.Hash160,
        ["andor"] = MiniscriptFragment.AndOr,
        ["and_v"] = MiniscriptFragment.AndV,
        ["and_b"] = MiniscriptFragment.AndB,
        ["or_b"] = MiniscriptFragment.OrB,
        ["or_c"] = MiniscriptFragment.OrC,
        ["or_d"] = MiniscriptFragment.OrD,
        ["or_i"] = MiniscriptFragment.OrI,
        ["thresh"] = MiniscriptFragment.Thresh,
        ["multi"] = MiniscriptFragment.Multi,
        ["multi_a"] = MiniscriptFragment.MultiA,
    };

    private char Letter => "ascdvjn"[Fragment - MiniscriptFragment.WrapA];

    private static string Wrapped(char letter, Miniscript sub)
    {
        var text = sub.ToString();
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var hasWrappers = colon > 0 && text.AsSpan(0, colon).IndexOfAnyExceptInRange('a', 'z') < 0;
        return hasWrappers ? letter + text : $"{letter}:{text}";
    }

    private IEnumerable<string> Arguments()
    {
        if (Fragment is MiniscriptFragment.Older or MiniscriptFragment.After or MiniscriptFragment.Thresh
            or MiniscriptFragment.Multi or MiniscriptFragment.MultiA)
        {
            yield return Number.ToString(CultureInfo.InvariantCulture);
        }

        foreach (var key in Keys)
        {
            yield return key.Text;
        }

        if (!HashValue.IsEmpty)
        {
            yield return Hex.Encode(HashValue.Span);
        }

        foreach (var sub in Subs)
        {
            yield return sub.ToString();
        }
    }

    private static MiniscriptKey? ReadHexKey(string text, bool tapscript)
    {
        if (tapscript)
        {
            return XOnlyPublicKey.TryParse(text, out var xOnly) ? MiniscriptKey.Of(xOnly.Span.ToArray(), text) : null;
        }

        return PublicKey.TryParse(text, out var key) && key.IsCompressed
            ? MiniscriptKey.Of(key.Span.ToArray(), text)
            : null;
    }

    private sealed class Parser(string text, bool tapscript, MiniscriptKeyReader keys)
    {
        private int _at;

        public Miniscript? ParseWhole()
        {
            var result = Parse(0);
            return _at == text.Length ? result : null;
        }

        private Miniscript? Parse(int depth)
        {
            if (depth > MaxDepth)
            {
                return null;
            }

            var word = Word();
            if (Take(':'))
            {
                // All wrappers of an expression stand before one colon.
                var inner = word.Length is > 0 and <= MaxDepth ? ParseBare(Word(), depth + 1) : null;
                for (var i = word.Length - 1; i >= 0 && inner is not null; i--)
                {
                    inner = Wrap(word[i], inner);
                }

                return inner is { Depth: > MaxDepth } ? null : inner;
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
                    return Names.TryGetValue(name, out var fragment) ? Call(fragment, depth) : null;
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
            var most = fragment == MiniscriptFragment.Multi ? MaxMultiKeys : MaxMultiAKeys;
            if (tapscript != (fragment == MiniscriptFragment.MultiA) || ReadNumber() is not { } k || k == 0)
            {
                return null;
            }

            var list = System.Collections.Immutable.ImmutableArray.CreateBuilder<MiniscriptKey>();
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

            var at = "ascdvjn".IndexOf(letter, StringComparison.Ordinal);
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
}
