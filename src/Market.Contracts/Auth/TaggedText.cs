using System.Security.Cryptography;
using System.Text;

namespace Market.Contracts;

/// <summary>BIP340's tagged hash over a text: SHA256(SHA256(tag) || SHA256(tag) || UTF-8 of the text).</summary>
public static class TaggedText
{
    /// <summary>The 32 byte hash.</summary>
    public static byte[] Hash(string tag, string text)
    {
        var tagHash = SHA256.HashData(Encoding.UTF8.GetBytes(tag));
        return SHA256.HashData([.. tagHash, .. tagHash, .. Encoding.UTF8.GetBytes(text)]);
    }
}
