namespace Market.Bitcoin.Wallet;

/// <summary>A key in a miniscript.</summary>
/// <param name="Text">How the text wrote it.</param>
/// <param name="Bytes">33 bytes, or 32 in tapscript; empty where only the hash is known or nothing is derived
/// yet.</param>
/// <param name="Hash">HASH160 of the bytes, as pk_h holds it.</param>
public sealed record MiniscriptKey(string Text, ReadOnlyMemory<byte> Bytes, Hash160 Hash)
{
    /// <summary>A key by its bytes.</summary>
    public static MiniscriptKey Of(ReadOnlyMemory<byte> bytes, string? text = null) =>
        new(text ?? Encoding.Hex.Encode(bytes.Span), bytes, Hash160.Of(bytes.Span));

    /// <inheritdoc/>
    public bool Equals(MiniscriptKey? other) => other is not null && Text == other.Text && Hash == other.Hash;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Text, Hash);
}
