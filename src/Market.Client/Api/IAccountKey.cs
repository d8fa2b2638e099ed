namespace Market.Client.Api;

/// <summary>The key that is an account: it signs, and never shows itself.</summary>
public interface IAccountKey
{
    /// <summary>Hex of the x-only public key (BIP340, 32 bytes): the account's name.</summary>
    string Account { get; }

    /// <summary>A BIP340 signature of 64 bytes.</summary>
    /// <param name="digest">32 bytes.</param>
    byte[] Sign(ReadOnlySpan<byte> digest);
}
