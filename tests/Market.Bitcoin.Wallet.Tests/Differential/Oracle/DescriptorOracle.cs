using System.Text.RegularExpressions;
using NB = global::NBitcoin;
using Policies = global::NBitcoin.WalletPolicies;

namespace Market.Bitcoin.Wallet.Tests.Differential.Oracle;

/// <summary>Descriptors and the miniscripts in them against NBitcoin's wallet policies (BIP388).</summary>
public sealed partial class DescriptorOracle
{
    private const string TwoPaths = "/<0;1>/*";

    [Fact]
    public void Descriptors_make_the_same_scripts_and_checksums() =>
        OracleRun.Each("descriptors", 300, (values, _) =>
        {
            var text = Policy(values.Descriptor(Network.Mainnet));
            return Read(text, (uint)values.Below(values.Chance(2) ? 3 : int.MaxValue));
        });

    [Fact]
    public void Miniscripts_compile_to_the_same_scripts() =>
        OracleRun.Each("miniscripts", 1000, (values, _) =>
        {
            var tapscript = values.Chance(2);
            return Compile(values.MiniscriptCandidate(tapscript), tapscript);
        });

    internal static Verdict Compile(string text, bool tapscript)
    {
        var settings = new Policies.MiniscriptParsingSettings(
            NB.Network.Main, tapscript ? Policies.KeyType.Taproot : Policies.KeyType.Classic)
        {
            AllowedParameters = Policies.ParameterTypeFlags.None,
        };
        var isRead = Policies.Miniscript.TryParse(text, settings, out var error, out var theirs);
        if (!Miniscript.TryParse(text, tapscript, out var mine))
        {
            return new Verdict(false, isRead ? KnownDifference.MiniscriptUntyped : null);
        }

        if (!isRead)
        {
            return Verdict.Differs(true, $"{error} there: {text}");
        }

        var found = theirs!.ToScripts().ScriptPubKey.ToBytes();
        return found.AsSpan().SequenceEqual(mine.ToScript().Span) ? new Verdict(true)
            : Verdict.Differs(true, $"{text}: {mine.ToScript()} here, {Convert.ToHexStringLower(found)} there");
    }

    internal static Verdict Read(string text, uint index)
    {
        if (!Descriptor.TryParseAll(text, Network.Mainnet, out var mine, out var why))
        {
            return Verdict.Differs(false, $"{why}: {text}");
        }

        var sum = Policies.Miniscript.AddChecksum(text);
        var settings = new Policies.MiniscriptParsingSettings(NB.Network.Main)
        {
            Dialect = Policies.MiniscriptDialect.BIP388,
            AllowedParameters = Policies.ParameterTypeFlags.None,
        };
        if (!Descriptor.TryParseAll(sum, Network.Mainnet, out _, out why, requireChecksum: true)
            || !Policies.Miniscript.TryParse(sum, settings, out var theirs))
        {
            return Verdict.Differs(true, $"refused: {sum}");
        }

        for (var path = 0; path < mine.Length; path++)
        {
            var script = text.Contains(TwoPaths, StringComparison.Ordinal)
                ? theirs.Derive((Policies.AddressIntent)path, (int)index).Miniscript.ToScripts().ScriptPubKey
                : theirs.ToScripts().ScriptPubKey;
            if (!script.ToBytes().AsSpan().SequenceEqual(mine[path].ToScript(index).Span))
            {
                return Verdict.Differs(true, $"path {path}, index {index}: {text}");
            }
        }

        return new Verdict(true);
    }

    // BIP388's form: extended keys with an origin and two paths, others bare, and x-only in tr().
    private static string Policy(string descriptor)
    {
        var body = descriptor[..descriptor.IndexOf('#', StringComparison.Ordinal)];
        body = Extended().Replace(
            body, match => (match.Groups[1].Success ? match.Groups[1].Value : "[00000000]") + match.Groups[2].Value + TwoPaths);
        var isTaproot = body.StartsWith("tr(", StringComparison.Ordinal);
        return Hexadecimal().Replace(body, match => match.Groups[1].Value[(isTaproot ? 2 : 0)..]);
    }

    [GeneratedRegex(@"(\[[^]]*\])?(xpub[1-9A-Za-z]+)(?:/[0-9*/]+)?")]
    private static partial Regex Extended();

    [GeneratedRegex(@"(?:\[[^]]*\])?\b(0[23][0-9a-f]{64})\b")]
    private static partial Regex Hexadecimal();
}
