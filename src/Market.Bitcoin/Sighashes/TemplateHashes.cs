using Market.Hashing;

namespace Market.Bitcoin;

/// <summary>
/// The hashes of a transaction that outputs may ask for of what spends them (BIP119, BIP446). What is as long as the transaction
/// is hashed once, so that no number of inputs or operations makes it quadratic. Immutable; safe for use by many threads.
/// </summary>
public sealed class TemplateHashes
{
    private static readonly TaggedHasher Tag = new("TemplateHash");

    private readonly Transaction _transaction;
    private readonly SegwitHashes _shared;
    private readonly Hash256? _scriptSigs;

    /// <summary>Prepares a transaction's.</summary>
    /// <param name="transaction">The transaction, of which no witness is looked at.</param>
    public TemplateHashes(Transaction transaction)
        : this(transaction, new SegwitHashes(transaction))
    {
    }

    internal TemplateHashes(Transaction transaction, SegwitHashes shared)
    {
        (_transaction, _shared) = (transaction, shared);
        _scriptSigs = ScriptSigsHash(transaction);
    }

    /// <summary>What OP_CHECKTEMPLATEVERIFY compares with: BIP119's DefaultCheckTemplateVerifyHash.</summary>
    /// <param name="inputIndex">The input that is verified; no input need have the number.</param>
    public Hash256 CheckTemplateVerify(uint inputIndex)
    {
        var bytes = new PooledBytes(20 + (3 * Hash256.Length));
        bytes.UInt32((uint)_transaction.Version);
        bytes.UInt32(_transaction.LockTime);
        if (_scriptSigs is { } scriptSigs)
        {
            bytes.Hash(scriptSigs);
        }

        bytes.UInt32((uint)_transaction.Inputs.Length);
        bytes.Hash(_shared.Sequences);
        bytes.UInt32((uint)_transaction.Outputs.Length);
        bytes.Hash(_shared.Outputs);
        bytes.UInt32(inputIndex);
        return bytes.Sha256();
    }

    /// <summary>What OP_TEMPLATEHASH pushes (BIP446).</summary>
    /// <param name="inputIndex">The input that is verified.</param>
    /// <param name="annexHash">SHA-256 of its annex with its length in front; null where there is none.</param>
    public Hash256 TemplateHash(uint inputIndex, Hash256? annexHash = null)
    {
        var bytes = new PooledBytes(13 + (3 * Hash256.Length));
        bytes.UInt32((uint)_transaction.Version);
        bytes.UInt32(_transaction.LockTime);
        bytes.Hash(_shared.Sequences);
        bytes.Hash(_shared.Outputs);
        bytes.Byte(annexHash is null ? (byte)0 : (byte)1);
        bytes.UInt32(inputIndex);
        if (annexHash is { } annex)
        {
            bytes.Hash(annex);
        }

        return bytes.Tagged(Tag);
    }

    // Null where all are empty: BIP119 then leaves the hash out.
    private static Hash256? ScriptSigsHash(Transaction transaction)
    {
        var (size, any) = (0, false);
        foreach (ref readonly var input in transaction.Inputs.AsSpan())
        {
            size += input.ScriptSig.Length + 5;
            any |= !input.ScriptSig.IsEmpty;
        }

        if (!any)
        {
            return null;
        }

        var bytes = new PooledBytes(size);
        foreach (ref readonly var input in transaction.Inputs.AsSpan())
        {
            bytes.VarBytes(input.ScriptSig.Span);
        }

        return bytes.Sha256();
    }
}
