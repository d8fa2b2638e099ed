using System.Diagnostics;

namespace Market.Bitcoin.Tests;

/// <summary>Which libsecp256k1 is called where none is named, and that it stays so for the process.</summary>
public sealed class CurveLibraryTests
{
    [Fact]
    public void The_package_s_own_file_is_loaded_and_not_one_of_the_system()
    {
        Assert.True(Curve.VerifySchnorr(Key.Span, Message, Signature.Span));

        var loaded = Process.GetCurrentProcess().Modules.Cast<ProcessModule>()
            .Select(module => module.FileName).Where(file => file.Contains("secp256k1", StringComparison.Ordinal)).ToList();
        Assert.StartsWith(AppContext.BaseDirectory, Assert.Single(loaded));
    }

    [Fact]
    public void Another_cannot_be_chosen_once_one_is_loaded()
    {
        Assert.True(Curve.VerifySchnorr(Key.Span, Message, Signature.Span));

        Assert.Throws<InvalidOperationException>(() => Curve.UseLibrary("libsecp256k1.so.1"));
        Curve.UseLibrary(null);
        Curve.UseLibrary("");
    }

    private static readonly byte[] Message = new byte[32];

    private static XOnlyPublicKey Key
    {
        get
        {
            using var key = PrivateKey.Create([.. new byte[31], 1]);
            return key.PublicKey.XOnly;
        }
    }

    private static SchnorrSignature Signature
    {
        get
        {
            using var key = PrivateKey.Create([.. new byte[31], 1]);
            return key.SignSchnorr(Message, new byte[32]);
        }
    }
}
