using System.Security.Cryptography;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Client.Api;

namespace Market.Api.Tests.Interface;

/// <summary>An account's key without a wallet.</summary>
internal sealed class TestAccount(int number) : IAccountKey
{
    private readonly PrivateKey _key = PrivateKey.Create(SHA256.HashData(BitConverter.GetBytes(number)));

    public string Account => _key.PublicKey.XOnly.ToString();

    public byte[] Sign(ReadOnlySpan<byte> digest) =>
        Hex.Decode(_key.SignSchnorr(digest.ToArray(), RandomNumberGenerator.GetBytes(32)).ToString());
}
