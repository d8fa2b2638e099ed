namespace Market.Bitcoin.Wallet;

/// <summary>What an expression leaves and how it may be (dis)satisfied, by BIP379's letters.</summary>
[Flags]
public enum MiniscriptType
{
    /// <summary>No type: the expression is not valid.</summary>
    None = 0,

    /// <summary>Leaves true or an exact nought.</summary>
    B = 1 << 0,

    /// <summary>Leaves nothing, or fails.</summary>
    V = 1 << 1,

    /// <summary>Leaves a key for which a signature must follow.</summary>
    K = 1 << 2,

    /// <summary>As B, one below the top.</summary>
    W = 1 << 3,

    /// <summary>Takes no item.</summary>
    Z = 1 << 4,

    /// <summary>Takes one item.</summary>
    O = 1 << 5,

    /// <summary>The top item that satisfies is not nought.</summary>
    N = 1 << 6,

    /// <summary>Can be dissatisfied.</summary>
    D = 1 << 7,

    /// <summary>Leaves exactly 1 where satisfied.</summary>
    U = 1 << 8,

    /// <summary>Has one dissatisfaction that nobody can change.</summary>
    E = 1 << 9,

    /// <summary>Dissatisfactions need a signature, or there are none.</summary>
    F = 1 << 10,

    /// <summary>Satisfactions need a signature.</summary>
    S = 1 << 11,

    /// <summary>Can be satisfied so that nobody can change it.</summary>
    M = 1 << 12,

    /// <summary>The last operation has no form that verifies.</summary>
    X = 1 << 13,

    /// <summary>Has a relative lock by time.</summary>
    G = 1 << 14,

    /// <summary>Has a relative lock by height.</summary>
    H = 1 << 15,

    /// <summary>Has an absolute lock by time.</summary>
    I = 1 << 16,

    /// <summary>Has an absolute lock by height.</summary>
    J = 1 << 17,

    /// <summary>No way of satisfying mixes locks of height and time.</summary>
    T = 1 << 18,
}

/// <summary>BIP379's fragments.</summary>
public enum MiniscriptFragment
{
    /// <summary>0.</summary>
    False,

    /// <summary>1.</summary>
    True,

    /// <summary>pk_k(key).</summary>
    PkK,

    /// <summary>pk_h(key).</summary>
    PkH,

    /// <summary>older(n): a relative lock.</summary>
    Older,

    /// <summary>after(n): an absolute lock.</summary>
    After,

    /// <summary>sha256(h).</summary>
    Sha256,

    /// <summary>hash256(h).</summary>
    Hash256,

    /// <summary>ripemd160(h).</summary>
    Ripemd160,

    /// <summary>hash160(h).</summary>
    Hash160,

    /// <summary>andor(X,Y,Z): X and Y, or Z.</summary>
    AndOr,

    /// <summary>and_v(X,Y).</summary>
    AndV,

    /// <summary>and_b(X,Y).</summary>
    AndB,

    /// <summary>or_b(X,Z).</summary>
    OrB,

    /// <summary>or_c(X,Z).</summary>
    OrC,

    /// <summary>or_d(X,Z).</summary>
    OrD,

    /// <summary>or_i(X,Z).</summary>
    OrI,

    /// <summary>thresh(k,X1,...).</summary>
    Thresh,

    /// <summary>multi(k,keys), not in tapscript.</summary>
    Multi,

    /// <summary>multi_a(k,keys), in tapscript only.</summary>
    MultiA,

    /// <summary>a:X.</summary>
    WrapA,

    /// <summary>s:X.</summary>
    WrapS,

    /// <summary>c:X.</summary>
    WrapC,

    /// <summary>d:X.</summary>
    WrapD,

    /// <summary>v:X.</summary>
    WrapV,

    /// <summary>j:X.</summary>
    WrapJ,

    /// <summary>n:X.</summary>
    WrapN,
}
