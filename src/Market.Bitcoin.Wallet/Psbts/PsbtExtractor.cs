using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Market.Bitcoin.Wallet;

/// <summary>The extractor's role (BIP174).</summary>
internal static class PsbtExtractor
{
    /// <summary>The signed transaction of a PSBT whose inputs are all final.</summary>
    public static bool TryExtract(
        Psbt psbt, [NotNullWhen(true)] out Transaction? transaction, out PsbtError error)
    {
        (transaction, error) = (null, PsbtError.None);
        var unsigned = psbt.UnsignedTransaction;
        var inputs = ImmutableArray.CreateBuilder<TxIn>(psbt.Inputs.Length);
        for (var i = 0; i < psbt.Inputs.Length; i++)
        {
            var scriptSig = psbt.Inputs[i][PsbtInputType.FinalScriptSig];
            var witness = Witness.Empty;
            if (psbt.Inputs[i][PsbtInputType.FinalWitness] is { } bytes)
            {
                PsbtRules.TryReadWitness(bytes, out witness);
            }
            else if (scriptSig is null)
            {
                error = PsbtError.NotFinal;
                return false;
            }

            inputs.Add(unsigned.Inputs[i] with
            {
                ScriptSig = new Script(scriptSig.GetValueOrDefault()),
                Witness = witness,
            });
        }

        transaction = new Transaction(unsigned.Version, inputs.MoveToImmutable(), unsigned.Outputs, unsigned.LockTime);
        return true;
    }
}
