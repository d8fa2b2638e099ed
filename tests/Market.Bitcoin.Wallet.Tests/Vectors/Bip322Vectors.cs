using Utf8 = System.Text.Encoding;

namespace Market.Bitcoin.Wallet.Tests.Vectors;

/// <summary>The vectors that BIP322 publishes for its "simple" form (basic and generated, version 2.0.0).</summary>
public sealed class Bip322Vectors
{
    private const string P2wpkh = "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l";
    private const string P2wpkhKey = "L3VFeEujGtevx9w18HD1fhRbCH67Az2dpCymeRE1SoPK6XQtaN2k";
    private const string Multisig = "bc1qp0ahvfh83088w49k405szqgg4f3pptr7p2g06tdxfjcd40z4lh4q95lsz9";

    private const string SignedNothing =
        "smpAkcwRAIgM2gBAQqvZX15ZiysmKmQpDrG83avLIT492QBzLnQIxYCIBaTpOaD20qRlEylyxFSeEA2ba9YOixpX8z46TSDtS40ASECx/EgAx"
        + "lkQpQ9hYjgGu6EBCPMVPwVIVJqO4XCsMvViHI=";

    private const string SignedNothingToo =
        "smpAkgwRQIhAPkJ1Q4oYS0htvyuSFHLxRQpFAY56b70UvE7Dxazen0ZAiAtZfFz1S6T6I23MWI2lK/pcNTWncuyL8UL+oMdydVgzAEhAsfxIA"
        + "MZZEKUPYWI4BruhAQjzFT8FSFSajuFwrDL1Yhy";

    private const string SignedHello =
        "smpAkcwRAIgZRfIY3p7/DoVTty6YZbWS71bc5Vct9p9Fia83eRmw2QCICK/ENGfwLtptFluMGs2KsqoNSk89pO7F29zJLUx9a/sASECx/EgAx"
        + "lkQpQ9hYjgGu6EBCPMVPwVIVJqO4XCsMvViHI=";

    private const string SignedHelloToo =
        "smpAkgwRQIhAOzyynlqt93lOKJr+wmmxIens//zPzl9tqIOua93wO6MAiBi5n5EyAcPScOjf1lAqIUIQtr3zKNeavYabHyR8eGhowEhAsfxIA"
        + "MZZEKUPYWI4BruhAQjzFT8FSFSajuFwrDL1Yhy";

    private const string MultisigMessage = "This will be a p2wsh 3-of-3 multisig BIP 322 signed message";

    private const string SignedMultisig =
        "smpBQBHMEQCIFX9aaqPJWq2Ff2kpen5bFDTid+ehgUOpHV0LfjncXy4AiA3GNicF7aKPzdpa9PCpmaYQs3pHd+qbvvhXdxOCKCAMAFIMEUCIQ"
        + "D/ELXg6CNYyUQijCg96JtgvgjZb9dsl1Ctof4QAeyTcQIgVM/1AAblFl/DCt6A1gJg+T/i2qU5SQD09+chFJzolRwBSDBFAiEAlqRfSFyWNV"
        + "QhvaCnmeV5tyneiCWMTcFbuujoD/pFa3wCIGnZjfQb8NolSYq9asV+ZeBSkCGHJcqnaV4JYS5MYPEGAWlTIQJ1aLEfEi/4p7wcV+XHZCBVvG"
        + "GJZ7L3v+jhH+mZA8lN0yECCovfec+kIdllXpKCgA8RX/HZ2x5yHOtCSKP8/sf6pnwhAwxSng6kCgCXXSAmJOOZFdr3vdK3HzGqCFloOHgc5f"
        + "M6U64=";

    private const string P2tr = "bc1pss0zhytly75awhm6x2hhvd5lnzv3vssgrf9axfheq8ldyzn88ges79fler";
    private const string SignedP2tr =
        "AUCJYOwOjxYAvatTAGYaVlNXBVyFuc4MwNQkOuK2tl8xhfKDONd0NjfYyNSYcRqeCp8hsAnCEPHAVEkO9h6vbQ/R";

    // SIGHASH_ALL written out: from Bitcoin Core's pull request.
    private const string P2trAll = "bc1ppv609nr0vr25u07u95waq5lucwfm6tde4nydujnu8npg4q75mr5sxq8lt3";
    private const string SignedP2trAll =
        "AUHd69PrJQEv+oKTfZ8l+WROBHuy9HKrbFCJu7U1iK2iiEy1vMU5EfMtjc+VSHM7aU0SDbak5IUZRVno2P5mjSafAQ==";

    public static TheoryData<string, string, string> Right => new()
    {
        { "", P2wpkh, SignedNothing },
        { "", P2wpkh, SignedNothingToo },
        { "Hello World", P2wpkh, SignedHello },
        { "Hello World", P2wpkh, SignedHelloToo },
        { MultisigMessage, Multisig, SignedMultisig },
        { "No prefix fallback", P2tr, SignedP2tr },
        { "Hello World", P2trAll, SignedP2trAll },
        {
            "ESHJI7MWUL64AXHBI42L3UR4QA", "bc1qkntwc3c4dzxh9xh6875l03fn3vkk023jgak3u7",
            "AkcwRAIgCYHF/vn67iZX5WBimh84kqD6pTME6eNCMGhfFnnwCNECIAF3nMCk/RfLit+uv8a8FgfQIw0f0ASE21GSz7rX17PsASEDTA2vM8bO"
            + "tUFgvenSDUmvkq7aWNwoTB0CMiM6carHY1s="
        },
        {
            "TPIZPITUIHEUHO5ACOL6W6MBVD", "bc1p9cyuceaazr8cz46mvgkzl94wy397mwpqsrk84su37t72jvkg6wzqv52nfp",
            "AUBay6NwR4LEYedkTG+vE9F7C0RTOCB5NH6ZAqf+3hudjHIkOzSZk1jW/5Kt0wRKX3llJ25os+0qktdou4/Y8516"
        },
        {
            "GDU6AXT64O5ZS4AHHXK5JETYRM", "bc1qa8xp82hejuydq8d9yc44s662ras5ncr98gxz3n53s6vklwgrczrqc4fqtn",
            "BABIMEUCIQCLKarc4DfTq5bmqPVjRZ/qBvRPy886P2dM1tDK/92WIgIgN7y495rkp5FPcpjohhl8Knmo9rf63tPLGIVo8PKE81ABSDBFAiEA"
            + "z2U1cppenj2Kbg8DkS3wXMmAN4jvZvsP/PdcCI1akogCIFlrCbW2+GbMRkvObV2utVdHYBxIJhM6DJlv1NIwViXBAUdSIQJx+IVtFfezY//G"
            + "7PB/9/Z2fWatDxm5+M0195sX3Y1qoyECvDKp35BSlVD2TFqMPy7MlXJrqGl3nkQAgo51DfiRIqlSrg=="
        },
    };

    public static TheoryData<string, string, string, Bip322Error> Wrong => new()
    {
        { "", P2wpkh, "not-valid-base64!!!", Bip322Error.SignatureFormat },
        { "", P2wpkh, "", Bip322Error.SignatureLength },
        { "Wrong message that was not signed", P2wpkh, SignedNothing, Bip322Error.Script },
        { "", Multisig, SignedNothing, Bip322Error.Script },
        { "", P2wpkh, "smpAA==", Bip322Error.Script },
        { "This is not the message that was signed", Multisig, SignedMultisig, Bip322Error.Script },
        { "", P2wpkh, "fooAA==", Bip322Error.SignatureFormat },
        {
            "incorrect prefix", "bc1pyrgrm6cu6n54jrvkdjd9rvyd3xfyu84s2623awu2srn6mxhscwpsm5644w",
            "fulAUDZwFXUp+adN+/UZj5dVrGAbB3zKs1Vcalz5fCF9srxS63eSWNGvH1NYbrBkPt1BJDUyWUz9zgUxfc63/QheT6M",
            Bip322Error.SignatureFormat
        },
        {
            "OVKTTPEFKLUOTAOJSPCKIHCQZW", "bc1qkntwc3c4dzxh9xh6875l03fn3vkk023jgak3u7",
            "AkcwRAIgCYHF/vn67iZX5WBimh84kqD6pTME6eNCMGhfFnnwCNECIAF3nMCk/RfLit+uv8a8FgfQIw0f0ASE21GSz7rX17PsASEDTA2vM8bO"
            + "tUFgvenSDUmvkq7aWNwoTB0CMiM6carHY1s=",
            Bip322Error.Script
        },
        {
            "ESHJI7MWUL64AXHBI42L3UR4QA", "bc1qx3f9s3scavc92s3g2fhwzqzn7qucd37ez03jpf",
            "AkcwRAIgCYHF/vn67iZX5WBimh84kqD6pTME6eNCMGhfFnnwCNECIAF3nMCk/RfLit+uv8a8FgfQIw0f0ASE21GSz7rX17PsASEDTA2vM8bO"
            + "tUFgvenSDUmvkq7aWNwoTB0CMiM6carHY1s=",
            Bip322Error.Script
        },
        { "IHUVDIXOZV7EE7RU6CP7JUS57N", P2tr, SignedP2tr, Bip322Error.Script },
        { "", P2trAll, SignedP2trAll, Bip322Error.Script },
    };

    [Theory]
    [InlineData(
        "", "c90c269c4f8fcbe6880f72a721ddfbf1914268a794cbb21cfafee13770ae19f1",
        "c5680aa69bb8d860bf82d4e9cd3504b55dde018de765a91bb566283c545a99a7",
        "1e9654e951a5ba44c8604c4de6c67fd78a27e81dcadcfe1edf638ba3aaebaed6")]
    [InlineData(
        "Hello World", "f0eb03b1a75ac6d9847f55c624a99169b5dccba2a31f5b23bea77ba270de0a7a",
        "b79d196740ad5217771c1098fc4a4b51e0535c32236c71f1ea4d61a2d603352b",
        "88737ae86f2077145f93cc4b153ae9a1cb8d56afa511988c149c5c8c9d93bddf")]
    [InlineData(
        "UTF-8 support: öäüéàè 测试文本 \U0001F604", "43936b237ea38c7794eb5d755e0d220b6db92ebfc5c8f482759d22b1286376d7",
        "c8f4f525fe8afb1bc09b44175bd2096f079c98425e8a1be676b712add1fb62f0",
        "8f488e06b89eafd019ec528109eafaf7f1d1811fd617aa1eeb9658f1c1be6586")]
    public void The_transactions_of_a_message_are_those_of_the_BIP(
        string message, string hash, string toSpend, string toSign)
    {
        Assert.Equal(hash, Convert.ToHexStringLower(Bip322.MessageHash(Bytes(message)).ToArray()));
        Assert.Equal(toSpend, Bip322.ToSpend(Bytes(message), Challenge(P2wpkh)).Id.ToString());
        Assert.Equal(toSign, Bip322.ToSign(Bytes(message), Challenge(P2wpkh)).Transaction.Id.ToString());
    }

    [Theory]
    [MemberData(nameof(Right))]
    public void A_right_signature_verifies_with_and_without_its_prefix(
        string message, string address, string signature)
    {
        var plain = signature.StartsWith("smp", StringComparison.Ordinal) ? signature[3..] : signature;

        Assert.Equal(default, Bip322.Verify(Bytes(message), Challenge(address), plain));
        Assert.Equal(default, Bip322.Verify(Bytes(message), Challenge(address), "smp" + plain));
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_signature_is_refused_by_name(
        string message, string address, string signature, Bip322Error error) =>
        Assert.Equal(error, Bip322.Verify(Bytes(message), Challenge(address), signature).Error);

    [Fact]
    public void Signing_gives_one_of_the_signatures_of_the_BIP()
    {
        Assert.True(Wif.TryDecode(P2wpkhKey, Network.Mainnet, out var key, out _));
        using (key)
        {
            Assert.Equal(SignedNothing, Bip322.Sign([], Challenge(P2wpkh), key));
            Assert.Equal(SignedHello, Bip322.Sign("Hello World"u8, Challenge(P2wpkh), key));
            Assert.True(Bip322.Verify([], Challenge(P2trAll), Bip322.Sign([], Challenge(P2trAll), key)).IsValid);
        }
    }

    private static byte[] Bytes(string text) => Utf8.UTF8.GetBytes(text);

    private static Script Challenge(string address) => BitcoinAddress.Parse(address, Network.Mainnet).ScriptPubKey;
}
