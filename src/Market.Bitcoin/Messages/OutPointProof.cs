using Utf8 = System.Text.Encoding;

namespace Market.Bitcoin;

/// <summary>
/// Proof that somebody can spend an output: a message that names the output and what the proof is for, signed by its
/// script (BIP322). Whoever verifies looks the output up among the unspent ones first; the proof says nothing of that.
/// </summary>
public static class OutPointProof
{
    /// <summary>The text that is signed, as UTF-8.</summary>
    /// <param name="outPoint">The output.</param>
    /// <param name="purpose">
    /// What the proof is for, so that it proves nothing to others: who asked, with a number that was never used.
    /// </param>
    public static byte[] Message(OutPoint outPoint, string purpose)
    {
        ArgumentNullException.ThrowIfNull(purpose);
        return Utf8.UTF8.GetBytes($"I can spend {outPoint}\n{purpose}");
    }

    /// <summary>Signs with one key for an output of P2WPKH or P2TR (BIP86).</summary>
    /// <param name="outPoint">The output's place.</param>
    /// <param name="output">The output.</param>
    /// <param name="purpose">What the proof is for.</param>
    /// <param name="key">The key; for P2TR before tweaking. Not disposed.</param>
    /// <exception cref="ArgumentException">The output is not the key's, or of another kind.</exception>
    public static string Sign(OutPoint outPoint, TxOut output, string purpose, PrivateKey key) =>
        Bip322.Sign(Message(outPoint, purpose), output.ScriptPubKey, key);

    /// <summary>Tells whether the proof holds for an output that the caller found unspent.</summary>
    /// <param name="outPoint">The output's place.</param>
    /// <param name="output">The output, from the caller's own view of the chain.</param>
    /// <param name="purpose">What the proof is for.</param>
    /// <param name="signature">What <see cref="Sign"/> gave.</param>
    public static Bip322Result Verify(OutPoint outPoint, TxOut output, string purpose, string? signature) =>
        Bip322.Verify(Message(outPoint, purpose), output.ScriptPubKey, signature);
}
