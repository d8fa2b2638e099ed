using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Market.Tidy;

/// <summary>
/// Which types of an assembly name which others of it, read from its metadata: base types, members, attributes and what the bodies
/// of methods call. What the compiler makes of a type (closures, state machines) counts as that type's own. Constants and nameof
/// leave no trace.
/// </summary>
internal sealed class TypeReferences : IDisposable
{
    private static readonly Dictionary<int, OperandType> Operands = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => (int)(ushort)code.Value, code => code.OperandType);

    private readonly PEReader _file;
    private readonly MetadataReader _data;
    private readonly Names _names = new();

    public TypeReferences(string path)
    {
        _file = new PEReader(File.OpenRead(path));
        _data = _file.GetMetadataReader();
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Every pair of outermost types of which the first names the second.</summary>
    public IEnumerable<(string From, string To)> Pairs() => _data.TypeDefinitions
        .SelectMany(type => Of(type).Distinct().Select(to => (From: NameOf(Outermost(type)), To: NameOf(Outermost(to)))))
        .Where(pair => pair.From != pair.To).Distinct();

    private List<TypeDefinitionHandle> Of(TypeDefinitionHandle handle)
    {
        var found = new List<TypeDefinitionHandle>();
        var type = _data.GetTypeDefinition(handle);
        Add(found, type.BaseType);
        foreach (var face in type.GetInterfaceImplementations()) Add(found, _data.GetInterfaceImplementation(face).Interface);
        foreach (var field in type.GetFields()) found.AddRange(_data.GetFieldDefinition(field).DecodeSignature(_names, null));
        foreach (var property in type.GetProperties())
            AddSignature(found, _data.GetPropertyDefinition(property).DecodeSignature(_names, null));
        foreach (var method in type.GetMethods()) AddMethod(found, _data.GetMethodDefinition(method));
        foreach (var parameter in type.GetGenericParameters()) AddConstraints(found, parameter);
        foreach (var attribute in type.GetCustomAttributes()) Add(found, _data.GetCustomAttribute(attribute).Constructor);
        return found;
    }

    private void AddMethod(List<TypeDefinitionHandle> found, MethodDefinition method)
    {
        AddSignature(found, method.DecodeSignature(_names, null));
        foreach (var parameter in method.GetGenericParameters()) AddConstraints(found, parameter);
        foreach (var attribute in method.GetCustomAttributes()) Add(found, _data.GetCustomAttribute(attribute).Constructor);
        if (method.RelativeVirtualAddress == 0) return;
        var body = _file.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
        {
            foreach (var local in _data.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_names, null))
                found.AddRange(local);
        }
        foreach (var region in body.ExceptionRegions.Where(region => region.Kind == ExceptionRegionKind.Catch))
            Add(found, region.CatchType);
        foreach (var token in Tokens(body.GetILReader())) Add(found, MetadataTokens.EntityHandle(token));
    }

    private void AddConstraints(List<TypeDefinitionHandle> found, GenericParameterHandle parameter)
    {
        foreach (var constraint in _data.GetGenericParameter(parameter).GetConstraints())
            Add(found, _data.GetGenericParameterConstraint(constraint).Type);
    }

    private static void AddSignature(
        List<TypeDefinitionHandle> found, MethodSignature<ImmutableArray<TypeDefinitionHandle>> signature)
    {
        found.AddRange(signature.ReturnType);
        foreach (var parameter in signature.ParameterTypes) found.AddRange(parameter);
    }

    /// <summary>What of this assembly a token names; nothing where it names what is another's.</summary>
    private void Add(List<TypeDefinitionHandle> found, EntityHandle handle)
    {
        if (handle.IsNil) return;
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                found.Add((TypeDefinitionHandle)handle);
                break;
            case HandleKind.TypeSpecification:
                found.AddRange(_data.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(_names, null));
                break;
            case HandleKind.MethodDefinition:
                found.Add(_data.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.FieldDefinition:
                found.Add(_data.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MemberReference:
                Add(found, _data.GetMemberReference((MemberReferenceHandle)handle).Parent);
                break;
            case HandleKind.MethodSpecification:
                var method = _data.GetMethodSpecification((MethodSpecificationHandle)handle);
                Add(found, method.Method);
                foreach (var argument in method.DecodeSignature(_names, null)) found.AddRange(argument);
                break;
            default:
                break;
        }
    }

    private static IEnumerable<int> Tokens(BlobReader code)
    {
        var tokens = new List<int>();
        while (code.RemainingBytes > 0)
        {
            int first = code.ReadByte();
            var operand = Operands[first == 0xFE ? first << 8 | code.ReadByte() : first];
            switch (operand)
            {
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    code.Offset++;
                    break;
                case OperandType.InlineVar:
                    code.Offset += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.Offset += 8;
                    break;
                case OperandType.InlineSwitch:
                    var targets = code.ReadInt32();
                    code.Offset += 4 * targets;
                    break;
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    tokens.Add(code.ReadInt32());
                    break;
                default:
                    code.Offset += 4;
                    break;
            }
        }
        return tokens;
    }

    private TypeDefinitionHandle Outermost(TypeDefinitionHandle handle)
    {
        while (_data.GetTypeDefinition(handle).GetDeclaringType() is { IsNil: false } outer) handle = outer;
        return handle;
    }

    private string NameOf(TypeDefinitionHandle handle)
    {
        var type = _data.GetTypeDefinition(handle);
        return $"{_data.GetString(type.Namespace)}.{_data.GetString(type.Name)}";
    }

    /// <summary>The types of this assembly that a signature names.</summary>
    private sealed class Names : ISignatureTypeProvider<ImmutableArray<TypeDefinitionHandle>, object?>
    {
        public ImmutableArray<TypeDefinitionHandle> GetTypeFromDefinition(
            MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => [handle];

        public ImmutableArray<TypeDefinitionHandle> GetTypeFromReference(
            MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => [];

        public ImmutableArray<TypeDefinitionHandle> GetTypeFromSpecification(
            MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public ImmutableArray<TypeDefinitionHandle> GetGenericInstantiation(
            ImmutableArray<TypeDefinitionHandle> genericType, ImmutableArray<ImmutableArray<TypeDefinitionHandle>> typeArguments) =>
            [.. genericType, .. typeArguments.SelectMany(argument => argument)];

        public ImmutableArray<TypeDefinitionHandle> GetFunctionPointerType(
            MethodSignature<ImmutableArray<TypeDefinitionHandle>> signature) =>
            [.. signature.ReturnType, .. signature.ParameterTypes.SelectMany(parameter => parameter)];

        public ImmutableArray<TypeDefinitionHandle> GetModifiedType(
            ImmutableArray<TypeDefinitionHandle> modifier, ImmutableArray<TypeDefinitionHandle> unmodifiedType, bool isRequired) =>
            [.. modifier, .. unmodifiedType];

        public ImmutableArray<TypeDefinitionHandle> GetArrayType(
            ImmutableArray<TypeDefinitionHandle> elementType, ArrayShape shape) => elementType;

        public ImmutableArray<TypeDefinitionHandle> GetByReferenceType(ImmutableArray<TypeDefinitionHandle> elementType) =>
            elementType;

        public ImmutableArray<TypeDefinitionHandle> GetPinnedType(ImmutableArray<TypeDefinitionHandle> elementType) => elementType;

        public ImmutableArray<TypeDefinitionHandle> GetPointerType(ImmutableArray<TypeDefinitionHandle> elementType) => elementType;

        public ImmutableArray<TypeDefinitionHandle> GetSZArrayType(ImmutableArray<TypeDefinitionHandle> elementType) => elementType;

        public ImmutableArray<TypeDefinitionHandle> GetPrimitiveType(PrimitiveTypeCode typeCode) => [];

        public ImmutableArray<TypeDefinitionHandle> GetGenericMethodParameter(object? genericContext, int index) => [];

        public ImmutableArray<TypeDefinitionHandle> GetGenericTypeParameter(object? genericContext, int index) => [];
    }
}
