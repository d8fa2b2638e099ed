using System.Numerics;

namespace Market.Hashing.Generator;

/// <summary>Words that are the same in all lanes: computed once by a Prepare method, read by the kernel.</summary>
internal sealed class UniformTable
{
    private readonly Dictionary<string, Uniform> _known = [];
    private readonly List<string> _statements = [];
    private readonly List<Uniform> _slots = [];

    public IReadOnlyList<string> Statements => _statements;

    public IReadOnlyList<Uniform> Slots => _slots;

    /// <summary>A name for the value of a scalar expression.</summary>
    public Uniform Define(string expression)
    {
        if (_known.TryGetValue(expression, out Uniform? uniform)) return uniform;
        uniform = new Uniform($"x{_statements.Count}");
        _known.Add(expression, uniform);
        _statements.Add($"uint {uniform.Name} = {expression};");
        return uniform;
    }

    /// <summary>The kernel's operand for a uniform word.</summary>
    public string Operand(Uniform uniform)
    {
        int slot = _slots.IndexOf(uniform);
        if (slot < 0)
        {
            slot = _slots.Count;
            _slots.Add(uniform);
        }

        return $"u[{slot}]";
    }

    public static uint SmallSigma0(uint x) =>
        BitOperations.RotateRight(x, 7) ^ BitOperations.RotateRight(x, 18) ^ (x >> 3);

    public static uint SmallSigma1(uint x) =>
        BitOperations.RotateRight(x, 17) ^ BitOperations.RotateRight(x, 19) ^ (x >> 10);

    public static uint BigSigma0(uint x) =>
        BitOperations.RotateRight(x, 2) ^ BitOperations.RotateRight(x, 13) ^ BitOperations.RotateRight(x, 22);

    public static uint BigSigma1(uint x) =>
        BitOperations.RotateRight(x, 6) ^ BitOperations.RotateRight(x, 11) ^ BitOperations.RotateRight(x, 25);
}
