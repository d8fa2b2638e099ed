using Market.Fuzzing;
using NB = global::NBitcoin;

namespace Market.Bitcoin.Wallet.Tests.Differential.Oracle;

/// <summary>Addresses and extended keys against NBitcoin.</summary>
public sealed class KeyOracle
{
    private static readonly FuzzTarget Addresses = FuzzTargets.Find("address")!;
    private static readonly FuzzTarget ExtendedKeys = FuzzTargets.Find("extended-key")!;

    [Fact]
    public void Addresses_right_and_changed_are_read_the_same() =>
        OracleRun.Each("addresses", 4000, (values, seed) =>
        {
            var network = values.OneOf(Network.Mainnet, Network.Testnet, Network.Regtest);
            var written = values.Chance(6) ? values.OneOf([.. RandomValues.Networks]) : network;
            var good = BitcoinAddress.FromScript(values.AddressScript(), written).ToString();
            good = values.Chance(6) ? good.ToUpperInvariant() : good;
            return Read(values.Chance(3) ? good : Changed(Addresses, good, seed), network);
        });

    [Fact]
    public void Extended_keys_right_and_changed_are_read_and_derived_the_same() =>
        OracleRun.Each("extended keys", 800, (values, seed) =>
        {
            var network = values.OneOf(Network.Mainnet, Network.Regtest);
            using var key = values.ExtendedKey();
            var good = values.Chance(2) ? key.ToPublicText(network) : key.ToSecretText(network);
            var text = values.Chance(2) ? good : Changed(ExtendedKeys, good, seed);
            return ReadExtended(text, network, values.Chance(2) ? (uint)values.Below(int.MaxValue) : (uint)values.Below(3));
        });

    internal static Verdict Read(string text, Network network)
    {
        var isRead = BitcoinAddress.TryParse(text, network, out var mine, out var error);
        NB.BitcoinAddress? theirs = null;
        try
        {
            theirs = NB.BitcoinAddress.Create(text, Theirs.Of(network));
        }
        catch (Exception refusal) when (Theirs.IsRefusal(refusal))
        {
            // It is none.
        }

        if (isRead == theirs is not null
            && (!isRead || theirs!.ScriptPubKey.ToBytes().AsSpan().SequenceEqual(mine!.ScriptPubKey.Span)))
        {
            return new Verdict(isRead);
        }

        if (theirs is null && mine?.ScriptPubKey.Kind is ScriptKind.WitnessUnknown or ScriptKind.Anchor)
        {
            return new Verdict(true, KnownDifference.AddressOfUnknownWitnessProgram);
        }

        if (theirs is null && mine is { ScriptPubKey: { IsP2tr: true } script }
            && !XOnlyPublicKey.TryParse(script.Span[2..], out _))
        {
            return new Verdict(true, KnownDifference.AddressOfNoPoint);
        }

        return Verdict.Differs(isRead, $"{network} \"{text}\": {error} here, {theirs?.ScriptPubKey.ToHex() ?? "refused"} there");
    }

    internal static Verdict ReadExtended(string text, Network network, uint step)
    {
        var isPublic = ExtendedPublicKey.TryParse(text, network, out var open);
        var isSecret = ExtendedPrivateKey.TryParse(text, network, out var secret);
        using var disposed = secret;
        var (theirOpen, theirSecret) = (Try(() => NB.ExtPubKey.Parse(text, Theirs.Of(network))),
            Try(() => NB.ExtKey.Parse(text, Theirs.Of(network))));
        if (isPublic != theirOpen is not null || isSecret != theirSecret is not null)
        {
            return Verdict.Differs(isPublic || isSecret, $"{network} \"{text}\": {isPublic} {isSecret} here");
        }

        if (isPublic && (open!.Depth == byte.MaxValue
            || theirOpen!.Derive(step).ToString(Theirs.Of(network)) != open.Derive(step).ToText(network)))
        {
            return Verdict.Differs(true, $"{network} \"{text}\", step {step}");
        }

        if (isSecret && secret!.Depth < byte.MaxValue)
        {
            var hardened = step | KeyPath.Hardened;
            using var child = secret.Derive(hardened);
            var theirChild = theirSecret!.Derive(hardened);
            if (theirChild.ToString(Theirs.Of(network)) != child.ToSecretText(network)
                || theirChild.Neuter().ToString(Theirs.Of(network)) != child.ToPublicText(network))
            {
                return Verdict.Differs(true, $"{network} \"{text}\", step {hardened}");
            }
        }

        return new Verdict(isPublic || isSecret);
    }

    private static T? Try<T>(Func<T> make)
        where T : class
    {
        try
        {
            return make();
        }
        catch (Exception refusal) when (Theirs.IsRefusal(refusal))
        {
            return null;
        }
    }

    private static string Changed(FuzzTarget target, string good, int seed)
    {
        var changed = new Mutator(target, seed).Next([System.Text.Encoding.Latin1.GetBytes(good)]);
        return System.Text.Encoding.Latin1.GetString(changed);
    }
}
