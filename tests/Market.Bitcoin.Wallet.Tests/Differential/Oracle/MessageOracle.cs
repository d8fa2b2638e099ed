using Market.Fuzzing;
using NB = global::NBitcoin;

namespace Market.Bitcoin.Wallet.Tests.Differential.Oracle;

/// <summary>Signed messages (BIP322, simple) against NBitcoin.</summary>
public sealed class MessageOracle
{
    private const string Prefix = "smp";

    [Fact]
    public void Signed_messages_right_and_changed_are_judged_the_same() =>
        OracleRun.Each("messages", 300, (values, _) =>
        {
            using var key = values.Key();
            var script = values.Chance(2) ? Script.P2wpkh(key.PublicKey) : Taproot.ToScript(key.PublicKey.XOnly);
            var message = Convert.ToHexStringLower(values.SomeBytes(60));
            var signature = Bip322.Sign(System.Text.Encoding.UTF8.GetBytes(message), script, key)[Prefix.Length..];
            return values.Below(4) switch
            {
                0 => Judge(message + "!", script, signature),
                1 => Judge(message, Script.P2wpkh(values.PublicKey()), signature),
                2 => Judge(message, script, Changed(values, signature)),
                _ => Judge(message, script, signature),
            };
        });

    internal static Verdict Judge(string message, Script script, string signature)
    {
        var mine = Bip322.Verify(System.Text.Encoding.UTF8.GetBytes(message), script, signature);
        var theirs = false;
        try
        {
            var address = Theirs.Of(script).GetDestinationAddress(NB.Network.Main);
            theirs = address is not null && address.VerifyBIP322(message, signature);
        }
        catch (Exception refusal) when (Theirs.IsRefusal(refusal))
        {
            // Not verified.
        }

        var isRight = mine.Code == "ok";
        return isRight == theirs ? new Verdict(isRight)
            : isRight && signature.StartsWith(Prefix, StringComparison.Ordinal) ? new Verdict(true, KnownDifference.MessagePrefix)
            : Verdict.Differs(isRight, $"{mine.Code} here, {theirs} there: \"{message}\" by {script}, {signature}");
    }

    private static string Changed(RandomValues values, string signature)
    {
        var bytes = Convert.FromBase64String(signature);
        bytes[values.Below(bytes.Length)] ^= (byte)(1 << values.Below(8));
        return Convert.ToBase64String(bytes);
    }
}
