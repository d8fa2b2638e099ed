using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;

namespace Market.Standing;

/// <summary>Argon2id version 1.3 (RFC 9106), computed by BouncyCastle.</summary>
/// <param name="MemoryKiB">Memory in KiB (m).</param>
/// <param name="Passes">Passes over it (t).</param>
/// <param name="Lanes">Lanes (p).</param>
public sealed record Argon2id(int MemoryKiB, int Passes, int Lanes)
{
    /// <summary>Bytes of a result.</summary>
    public const int Length = 32;

    /// <summary>Computes it.</summary>
    /// <param name="password">P.</param>
    /// <param name="salt">S, at least 8 bytes.</param>
    /// <param name="secret">K; none where empty.</param>
    /// <param name="associated">X; none where empty.</param>
    public byte[] Hash(
        ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> secret = default,
        ReadOnlySpan<byte> associated = default)
    {
        var parameters = new Argon2Parameters.Builder(Argon2Parameters.Argon2id)
            .WithVersion(Argon2Parameters.Version13).WithMemoryAsKB(MemoryKiB).WithIterations(Passes).WithParallelism(Lanes)
            .WithSalt(salt.ToArray());
        if (!secret.IsEmpty)
        {
            parameters = parameters.WithSecret(secret.ToArray());
        }

        if (!associated.IsEmpty)
        {
            parameters = parameters.WithAdditional(associated.ToArray());
        }

        var generator = new Argon2BytesGenerator();
        generator.Init(parameters.Build());
        var result = new byte[Length];
        generator.GenerateBytes(password.ToArray(), result);
        return result;
    }
}
