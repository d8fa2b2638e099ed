using System.Globalization;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet;

/// <summary>Writes miniscripts as text.</summary>
internal static class MiniscriptText
{
    /// <summary>Letters of wrappers, in the order of their fragments.</summary>
    public const string Letters = "ascdvjn";

    /// <summary>The fragments that are written as calls.</summary>
    public static readonly Dictionary<string, MiniscriptFragment> Names = new(StringComparer.Ordinal)
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


    /// <summary>The text of an expression, in the short forms that BIP379 has.</summary>
    public static string Write(Miniscript m) => m.Fragment switch
    {
        MiniscriptFragment.False => "0",
        MiniscriptFragment.True => "1",
        MiniscriptFragment.WrapC when m.Subs[0].Fragment == MiniscriptFragment.PkK => $"pk({m.Subs[0].Keys[0].Text})",
        MiniscriptFragment.WrapC when m.Subs[0].Fragment == MiniscriptFragment.PkH => $"pkh({m.Subs[0].Keys[0].Text})",
        >= MiniscriptFragment.WrapA => Wrapped(Letters[m.Fragment - MiniscriptFragment.WrapA], m.Subs[0]),
        MiniscriptFragment.AndV when m.Subs[1].Fragment == MiniscriptFragment.True => Wrapped('t', m.Subs[0]),
        MiniscriptFragment.OrI when m.Subs[0].Fragment == MiniscriptFragment.False => Wrapped('l', m.Subs[1]),
        MiniscriptFragment.OrI when m.Subs[1].Fragment == MiniscriptFragment.False => Wrapped('u', m.Subs[0]),
        MiniscriptFragment.AndOr when m.Subs[2].Fragment == MiniscriptFragment.False => $"and_n({m.Subs[0]},{m.Subs[1]})",
        _ => $"{Names.First(name => name.Value == m.Fragment).Key}({string.Join(',', Arguments(m))})",
    };

    private static string Wrapped(char letter, Miniscript sub)
    {
        var text = sub.ToString();
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var hasWrappers = colon > 0 && text.AsSpan(0, colon).IndexOfAnyExceptInRange('a', 'z') < 0;
        return hasWrappers ? letter + text : $"{letter}:{text}";
    }

    private static IEnumerable<string> Arguments(Miniscript m)
    {
        if (m.Fragment is MiniscriptFragment.Older or MiniscriptFragment.After or MiniscriptFragment.Thresh
            or MiniscriptFragment.Multi or MiniscriptFragment.MultiA)
        {
            yield return m.Number.ToString(CultureInfo.InvariantCulture);
        }

        foreach (var key in m.Keys)
        {
            yield return key.Text;
        }

        if (!m.HashValue.IsEmpty)
        {
            yield return Hex.Encode(m.HashValue.Span);
        }

        foreach (var sub in m.Subs)
        {
            yield return sub.ToString();
        }
    }
}
